#include "server/load/loader.h"

#include <fmt/format.h>

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

// Piece by piece: a block is not in memory as records and as rows.
Result<Loader::Stretch> Loader::build() {
  // A block that was begun before is repeated as it was, so that its token names the same rows.
  const bool again = checkpoint_.pending != checkpoint_.loaded;
  Stretch stretch;
  const auto add = [&](const JournalRecord& record) -> Result<bool> {
    const bool is_full =
        stretch.records == kLoadRecords || stretch.bytes + record.bytes.size() > kLoadBytes;
    if (again ? record.position > checkpoint_.pending : stretch.records > 0 && is_full)
      return false;
    if (stretch.records++ == 0) {
      stretch.first = record.position;
      const MutexLock lock(mutex_);
      state_.oldest = record.committed;
    }
    if (auto added = builder_.add(record); !added.ok())
      return std::move(added).error().in(
          fmt::format("record {} of the journal", record.position.value));
    stretch.last = record.position;
    stretch.newest = record.committed;
    stretch.bytes += record.bytes.size();
    // What is called full since then ends no block that was begun.
    return again || !builder_.full();
  };
  const auto give_up = [this](Error error) {
    builder_.take_days();
    builder_.take();  // nothing of a block that cannot be read whole stays for the next one
    return error;
  };
  while (!stretch.ended) {
    auto piece = journal_.read(stretch.records > 0 ? stretch.last : checkpoint_.loaded,
                               {kLoadPieceBytes, kLoadRecords});
    if (!piece.ok() && (again || stretch.records == 0)) return give_up(std::move(piece).error());
    // What was read before it is a block; the next one begins with the trouble.
    if (!piece.ok() || piece->empty()) break;
    for (const auto& record : *piece) {
      auto goes_on = add(record);
      if (!goes_on.ok()) return give_up(std::move(goes_on).error());
      stretch.ended = !*goes_on;
      if (stretch.ended) break;
    }
  }
  return stretch;
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
  if (name_series_anew_.exchange(false)) builder_.forget_series();
  CANDOR_ASSIGN(stretch, build());
  if (stretch.records == 0) return Step{};
  auto parts = builder_.take();
  const auto days = builder_.take_days();
  const auto first = stretch.first, last = stretch.last;
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
    state_.records += stretch.records;
    ++state_.blocks;
    state_.oldest = stretch.newest;
  }
  CANDOR_TRY(loaded_(last));
  // What came while it was loaded is the next block, at once where this one was ended by a limit.
  return Step{stretch.records, stretch.ended || stretch.bytes >= kLoadBytes / 2};
}

Status Loader::insert(std::vector<BlockBuilder::Part> parts, Position first, Position last) {
  for (auto& part : parts) {
    const auto into = fmt::format("{} {}", part.table.name, part.table.columns);
    const auto token =
        fmt::format("{}-{}-{}-{}", checkpoint_.journal, first.value, last.value, part.table.name);
    CANDOR_TRY(
        engine_.insert({.into = into, .format = part.format, .rows = part.rows, .token = token}));
    std::string().swap(part.rows);
  }
  return Ok{};
}

}  // namespace candor
