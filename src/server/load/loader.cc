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
      is_embedded_(!options_.engine.unix_socket.empty()),
      merges_(engine_, is_embedded_),
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
  // A store that does not let its merges wait takes records all the same, or says why not itself.
  (void)merges_.look(std::chrono::steady_clock::now());
  const auto pause_lock = FileLock::try_lock(options_.pause_file);
  if (!pause_lock.ok() && pause_lock.error().kind == ErrorKind::kTryAgain) return Step{};
  if (!pause_lock.ok()) return pause_lock.error();
  if (name_series_anew_.exchange(false)) builder_.forget_series();
  auto loaded = load_block(stop);
  // Nothing of a block that was not loaded stays for the next one.
  if (!loaded.ok()) builder_.clear();
  return loaded;
}

Result<Loader::Step> Loader::load_block(const std::stop_token& stop) {
  if (checkpoint_.pending == checkpoint_.loaded) checkpoint_.block = random_uuid();
  Stretch stretch;
  const auto are_many = [this] {
    return is_embedded_ && builder_.event_bytes() >= kLoadPieceBytes;
  };
  while (!stretch.ended && !are_many()) CANDOR_TRY(read_on(stretch));
  if (stretch.records == 0) return Step{};
  if (stretch.ended) {
    CANDOR_TRY(begin(stretch.last));
  } else {
    CANDOR_TRY(send_events(stretch));
  }
  CANDOR_TRY(insert(builder_.take(), stretch));
  builder_.stored();
  // Before the checkpoint: what ends it halfway has the block loaded, and them made, again.
  for (const auto& [product, day] : builder_.take_days())
    CANDOR_TRY(rebuild_day(engine_, catalogue_, product, day, stop));
  checkpoint_.loaded = stretch.last;
  CANDOR_TRY(write_checkpoint(options_.checkpoint_file, checkpoint_));
  {
    const MutexLock lock(mutex_);
    state_.loaded = stretch.last;
    state_.records += stretch.records;
    ++state_.blocks;
    state_.oldest = stretch.newest;
  }
  CANDOR_TRY(loaded_(stretch.last));
  if (stretch.full || stretch.bytes >= kLoadBytes) merges_.behind(std::chrono::steady_clock::now());
  // What came while it was loaded is the next block, at once where this one was ended by a limit.
  return Step{stretch.records, stretch.full || stretch.bytes >= most().bytes / 2};
}

// A piece at a time: a block is not in memory as records and as rows.
Status Loader::read_on(Stretch& stretch) {
  auto piece = journal_.read(stretch.records > 0 ? stretch.last : checkpoint_.loaded,
                             {kLoadPieceBytes, kLoadRecords});
  const bool again = checkpoint_.pending != checkpoint_.loaded;
  if (!piece.ok() && (again || stretch.records == 0)) return std::move(piece).error();
  // What was read before it is a block; the next one begins with the trouble.
  if (!piece.ok() || piece->empty()) {
    stretch.ended = true;
    return Ok{};
  }
  for (const auto& record : *piece) {
    stretch.ended = stretch.full = ends_before(stretch, record);
    if (stretch.ended) break;
    CANDOR_TRY(add(stretch, record));
  }
  return Ok{};
}

bool Loader::ends_before(const Stretch& stretch, const JournalRecord& record) const {
  // A block that was begun before is repeated as it was, so that its tokens name the same rows;
  // what is called full since then does not end it.
  if (checkpoint_.pending != checkpoint_.loaded) return record.position > checkpoint_.pending;
  if (stretch.records == 0) return false;
  const auto [most_bytes, most_records] = most();
  return builder_.full() || stretch.records == most_records ||
         stretch.bytes + record.bytes.size() > most_bytes;
}

Loader::Most Loader::most() const {
  // Parts that are not merged soon are to be few, and merges take the memory for large ones.
  if (merges_.waits()) return {kUnmergedLoadBytes, kUnmergedLoadRecords};
  return {kLoadBytes, kLoadRecords};
}

Status Loader::add(Stretch& stretch, const JournalRecord& record) {
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
  return Ok{};
}

Status Loader::begin(Position last) {
  if (checkpoint_.pending == last) return Ok{};
  // Believed only once it is on disk: without it a crash behind the insert would load the block
  // again under another name.
  auto begun = checkpoint_;
  begun.pending = last;
  CANDOR_TRY(write_checkpoint(options_.checkpoint_file, begun));
  checkpoint_ = begun;
  return Ok{};
}

// Sends the events while what is left of the block is read. The store has the end of them only
// after the block was begun, and of what has no end it stores nothing.
Status Loader::send_events(Stretch& stretch) {
  std::string rows;
  const auto next_rows = [&]() -> Result<std::string_view> {
    while (!stretch.ended && builder_.event_bytes() < kLoadPieceBytes) CANDOR_TRY(read_on(stretch));
    builder_.take_events(rows);
    if (rows.empty()) CANDOR_TRY(begin(stretch.last));
    return std::string_view(rows);
  };
  const auto into = fmt::format("{} {}", kEvents.name, kEvents.columns);
  return engine_.insert({.into = into,
                         .format = "Native",
                         .rows = {},
                         .next_rows = next_rows,
                         .token = token_of(kEvents, stretch)});
}

Status Loader::insert(std::vector<BlockBuilder::Part> parts, const Stretch& stretch) {
  for (auto& part : parts) {
    const auto into = fmt::format("{} {}", part.table.name, part.table.columns);
    const auto token = token_of(part.table, stretch);
    EngineInsert insert{.into = into, .format = part.format, .rows = part.rows, .token = token};
    std::string piece;
    if (part.table.name == kSamples.name) {
      insert.next_rows = [&]() -> Result<std::string_view> {
        builder_.take_samples(piece);
        return std::string_view(piece);
      };
      if (!is_embedded_) {
        while (!(*insert.next_rows()).empty()) part.rows += piece;
        insert.rows = part.rows;
        insert.next_rows = {};
      }
    }
    CANDOR_TRY(engine_.insert(insert));
    std::string().swap(part.rows);
  }
  return Ok{};
}

std::string Loader::token_of(const BlockTable& table, const Stretch& stretch) const {
  if (!checkpoint_.block.empty()) return fmt::format("{}-{}", checkpoint_.block, table.name);
  // Begun by a version that knew the end of a block before it made it.
  return fmt::format("{}-{}-{}-{}", checkpoint_.journal, stretch.first.value,
                     checkpoint_.pending.value, table.name);
}

}  // namespace candor
