#include "server/load/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/log.h"
#include "base/pause.h"
#include "server/load/limits.h"
#include "server/load/rebuild.h"
#include "server/load/retention.h"
#include "server/load/schema.h"

namespace candor {

Loader::Loader(LoaderOptions options, Checkpoint checkpoint, Journal& journal,
               const Catalogue& catalogue, Loaded loaded)
    : options_(std::move(options)),
      journal_(journal),
      catalogue_(catalogue),
      loaded_(std::move(loaded)),
      engine_(options_.engine, EngineClient::default_options(options_.keep_going), options_.http()),
      builder_(catalogue, options_.forgotten),
      checkpoint_(std::move(checkpoint)) {}

Result<std::unique_ptr<Loader>> Loader::start(LoaderOptions options, Journal& journal,
                                              const Catalogue& catalogue, Loaded loaded) {
  std::error_code ignored;
  if (!std::filesystem::exists(options.checkpoint_file, ignored) &&
      journal.state().last_durable != Position()) {
    return Error{ErrorKind::kBadData,
                 fmt::format("{} is missing, but the journal holds records: nobody knows which of "
                             "them are in the store. Restore "
                             "the data folder from a backup.",
                             options.checkpoint_file.string())};
  }
  CANDOR_ASSIGN(checkpoint, read_checkpoint(options.checkpoint_file));
  CANDOR_TRY(write_checkpoint(options.checkpoint_file, checkpoint));
  std::unique_ptr<Loader> loader(
      new Loader(std::move(options), std::move(checkpoint), journal, catalogue, std::move(loaded)));
  {
    const MutexLock lock(loader->mutex_);
    loader->state_.loaded = loader->checkpoint_.loaded;
  }
  loader->thread_ =
      std::jthread([self = loader.get()](const std::stop_token& stop) { self->run(stop); });
  return loader;
}

Loader::~Loader() = default;

LoaderState Loader::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

void Loader::run(const std::stop_token& stop) {
  int failures_in_a_row = 0;
  while (!stop.stop_requested()) {
    const auto loaded = step(stop);
    {
      const MutexLock lock(mutex_);
      state_.trouble = loaded.ok() ? "" : loaded.error().message;
      if (!loaded.ok()) ++state_.failures;
    }
    if (!loaded.ok()) {
      // Once per trouble: an engine that is away for an hour is one line, not thousands.
      if (++failures_in_a_row == kQuietFailures) {
        log_warning("the store takes nothing for now, the journal keeps it: {}",
                    loaded.error().message);
      }
      pause(stop, kLoadRetry);
      continue;
    }
    if (failures_in_a_row >= kQuietFailures) log_info("the store takes records again");
    failures_in_a_row = 0;
    if (loaded->records == 0) {
      pause(stop, kLoadPoll);
    } else if (!loaded->full) {
      pause(stop, loaded->records < kFewRecords ? kLoadPause : kLoadGather);
    }
  }
}

Result<std::vector<JournalRecord>> Loader::next_block() {
  CANDOR_ASSIGN(records, journal_.read(checkpoint_.loaded, {kLoadBytes, kLoadRecords}));
  if (checkpoint_.pending == checkpoint_.loaded) return records;
  // A block that was begun before is repeated as it was, so that its token names the same rows.
  while (!records.empty() && records.back().position < checkpoint_.pending) {
    CANDOR_ASSIGN(more, journal_.read(records.back().position, {kLoadBytes, kLoadRecords}));
    if (more.empty()) break;
    std::ranges::move(more, std::back_inserter(records));
  }
  while (!records.empty() && records.back().position > checkpoint_.pending) records.pop_back();
  return records;
}

Status Loader::build(std::vector<JournalRecord>& records) {
  const bool again = checkpoint_.pending != checkpoint_.loaded;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (auto added = builder_.add(records[i]); !added.ok()) {
      builder_.take_days();
      builder_.take();  // nothing of a block that cannot be read whole stays for the next one
      return std::move(added).error().in(
          fmt::format("record {} of the journal", records[i].position.value));
    }
    // A block that was begun ends where it ended, whatever is called full since.
    if (builder_.full() && !again) records.resize(i + 1);
  }
  return Ok{};
}

Result<Loader::Step> Loader::step(const std::stop_token& stop) {
  if (!tables_made_) {
    const bool begun = checkpoint_.pending != Position();
    CANDOR_TRY(
        keep_tables(engine_, options_.tables_file, begun ? Stored::kRecords : Stored::kNothing));
    tables_made_ = true;
    const MutexLock lock(mutex_);
    state_.ready = true;
  }
  if (const auto today = day_of(system_clock().now()); cleaned_on_ != today) {
    if (auto dropped = drop_expired(engine_, catalogue_, system_clock().now()); !dropped.ok()) {
      // What the store refuses today it refuses the next time, too: records do not wait for that.
      if (dropped.error().kind != ErrorKind::kBadData) return std::move(dropped).error();
      log_warning("what is past its time could not be dropped from the store: {}",
                  dropped.error().message);
    }
    // What is loaded is not kept in the journal for longer than in the store.
    CANDOR_TRY(loaded_(checkpoint_.loaded));
    journal_.renew();
    cleaned_on_ = today;
  }
  const auto pause_lock = FileLock::try_lock(options_.pause_file);
  if (!pause_lock.ok() && pause_lock.error().kind == ErrorKind::kTryAgain) return Step{};
  if (!pause_lock.ok()) return pause_lock.error();
  CANDOR_ASSIGN(records, next_block());
  {
    const MutexLock lock(mutex_);
    state_.oldest = records.empty() ? std::nullopt : std::optional(records.front().committed);
  }
  if (records.empty()) return Step{};
  std::uint64_t bytes = 0;
  for (const auto& record : records) bytes += record.bytes.size();
  const auto found = records.size();
  if (name_series_anew_.exchange(false)) builder_.forget_series();
  CANDOR_TRY(build(records));
  auto parts = builder_.take();
  const auto days = builder_.take_days();
  const auto first = records.front().position, last = records.back().position;
  if (checkpoint_.pending != last) {
    // Believed only once it is on disk: without it a crash behind the insert would load the block
    // again under another name.
    auto begun = checkpoint_;
    begun.pending = last;
    CANDOR_TRY(write_checkpoint(options_.checkpoint_file, begun));
    checkpoint_ = begun;
  }
  CANDOR_TRY(insert(std::move(parts), first, last));
  builder_.stored();
  // Before the checkpoint: what ends it halfway has the block loaded, and them made, again.
  for (const auto& [product, day] : days)
    CANDOR_TRY(rebuild_day(engine_, catalogue_, product, day, stop));
  checkpoint_.loaded = last;
  CANDOR_TRY(write_checkpoint(options_.checkpoint_file, checkpoint_));
  {
    const MutexLock lock(mutex_);
    state_.loaded = last;
    state_.records += records.size();
    ++state_.blocks;
    state_.oldest.reset();
  }
  CANDOR_TRY(loaded_(last));
  // What came while it was loaded is the next block, at once where this one was ended by a limit.
  return Step{records.size(),
              bytes >= kLoadBytes / 2 || found >= kLoadRecords || records.size() < found};
}

Status Loader::insert(std::vector<BlockBuilder::Part> parts, Position first, Position last) {
  for (const auto& part : parts) {
    const auto into = fmt::format("{} {}", part.table.name, part.table.columns);
    const auto token =
        fmt::format("{}-{}-{}-{}", checkpoint_.journal, first.value, last.value, part.table.name);
    CANDOR_TRY(
        engine_.insert({.into = into, .format = part.format, .rows = part.rows, .token = token}));
  }
  return Ok{};
}

}  // namespace candor
