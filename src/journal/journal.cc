#include "journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "journal/record.h"

namespace candor {
namespace {

// What an append must find free for the journal not to count as full.
constexpr std::uint64_t kSmallRecordBytes = 4096;

Status check(const JournalOptions& options) {
  if (options.segment_bytes < kMinSegmentBytes || options.segment_bytes > kMaxSegmentBytes) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("a journal segment of {} bytes is not possible: choose {} to {}",
                             options.segment_bytes, kMinSegmentBytes, kMaxSegmentBytes)};
  }
  if (options.max_bytes / 2 < options.segment_bytes) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("a journal of {} bytes is too small for segments of {}: give it {} "
                             "bytes or more",
                             options.max_bytes, options.segment_bytes, 2 * options.segment_bytes)};
  }
  return Ok{};
}

SegmentWriterOptions writer_options(const JournalOptions& options, const Recovered& recovered) {
  return {.folder = options.folder,
          .segment_bytes = options.segment_bytes,
          .retry_delay = options.segment_retry_delay,
          .disk = options.disk,
          .clock = options.clock,
          .salt = options.salt,
          .next_base = recovered.next_base,
          .previous_end = recovered.previous_end};
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options) {
  CANDOR_TRY(check(options));
  CANDOR_TRY(options.disk->make_folder(options.folder));
  auto lock = options.disk->lock(options.folder / "lock");
  if (!lock.ok()) {
    if (lock.error().kind != ErrorKind::kTryAgain) return std::move(lock).error();
    return Error{ErrorKind::kTryAgain,
                 fmt::format("the journal in {} is in use by another process: stop that one first, "
                             "or give this one another data folder",
                             options.folder.string())};
  }
  CANDOR_ASSIGN(recovered, recover_journal(*options.disk, options.folder, options.on_found));
  options.on_found = {};
  if (const auto summary = recovered.report.summary(); !summary.empty()) {
    log_warning("{}: {}", options.folder.string(), summary);
  }
  return std::unique_ptr<Journal>(
      new Journal(std::move(options), *std::move(lock), std::move(recovered)));
}

Journal::Journal(JournalOptions options, std::shared_ptr<void> lock, Recovered recovered)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      recovery_(recovered.report),
      kept_(*options_.disk, recovered.segments, recovered.damage, recovered.report.corrupt_records),
      reader_(*options_.disk, kept_),
      writer_(writer_options(options_, recovered)),
      committer_([this] { run(); }) {}

Journal::~Journal() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  committer_.join();
}

const RecoveryReport& Journal::recovery() const { return recovery_; }

void Journal::append(std::string bytes, Done done) {
  Pending pending{.bytes = std::move(bytes), .done = std::move(done)};
  // Here rather than on the committer thread, so that callers share the work.
  pending.body_crc = record_body_crc(pending.bytes);

  bool wake = false;
  {
    MutexLock lock(mutex_);
    pending.refusal = refuse(pending.bytes.size());
    if (pending.refusal) {
      std::string().swap(pending.bytes);  // it may be large, and nobody counts it
    } else {
      pending.queued = record_size(pending.bytes.size());
      queued_bytes_ += pending.queued;
    }
    queue_.push_back(std::move(pending));
    // Once for all that the committer waits for; the next ones of the same moment need not.
    wake = sleeping_ && queue_.size() >= awaited_;
    if (wake) sleeping_ = false;
  }
  if (wake) wake_.notify_one();
}

// Why a record of `length` bytes cannot be taken now, if so.
std::optional<Error> Journal::refuse(std::uint64_t length) {
  const auto size = record_size(length);
  if (length > kMaxRecordBytes || size + kSegmentHeaderBytes > options_.max_bytes) {
    return Error{ErrorKind::kBadData,
                 fmt::format("a record of {} bytes is too large for the journal, which takes {}",
                             length, std::min(kMaxRecordBytes, options_.max_bytes))};
  }
  if (kept_.bytes() + queued_bytes_ + size > options_.max_bytes) {
    ++figures_.refused_full;
    room_wanted_ = check_room_ = true;
    return Error{ErrorKind::kTryAgain,
                 fmt::format("the journal is full: {} of {} bytes wait to be loaded; send again "
                             "later",
                             kept_.bytes() + queued_bytes_, options_.max_bytes)};
  }
  if (queued_bytes_ > 0 && queued_bytes_ + size > options_.max_queued_bytes) {
    ++figures_.refused_full;
    return Error{ErrorKind::kTryAgain,
                 fmt::format("{} bytes wait to be written to the journal; send again in a moment",
                             queued_bytes_)};
  }
  return std::nullopt;
}

Result<Position> Journal::append_and_wait(std::string_view bytes) {
  Mutex mutex;
  Condition settled;
  std::optional<Result<Position>> outcome;
  append(std::string(bytes), [&](Result<Position> result) {
    MutexLock lock(mutex);
    outcome = std::move(result);
    settled.notify_one();
  });
  MutexLock lock(mutex);
  while (!outcome) settled.wait(mutex);
  return *std::move(outcome);
}

Result<std::vector<JournalRecord>> Journal::read(Position after, ReadLimits limits) {
  return reader_.read(after, limits);
}

Status Journal::release(Position up_to) {
  kept_.release(up_to);
  {
    MutexLock lock(mutex_);
    if (room_wanted_) {
      check_room_ = true;
      wake_.notify_one();
    }
  }
  return kept_.remove_released();
}

void Journal::renew() {
  MutexLock lock(mutex_);
  check_room_ = true;
  wake_.notify_one();
}

void Journal::begin_anew() {
  MutexLock lock(mutex_);
  anew_ = true;
  wake_.notify_one();
}

JournalState Journal::state() const {
  const auto kept = kept_.figures();
  MutexLock lock(mutex_);
  auto state = figures_;
  state.bytes = kept_.bytes();
  state.max_bytes = options_.max_bytes;
  state.queued_bytes = queued_bytes_;
  state.segments = kept.segments;
  state.first_kept = kept.first;
  state.last_durable = kept.last;
  state.oldest = kept.oldest;
  state.corrupt_records = kept.corrupt_records;
  state.full = state.bytes + state.queued_bytes + kSmallRecordBytes > state.max_bytes;
  return state;
}

// Until there is something to commit. Whoever was served by the last commit most likely comes back
// at once: of them, and of those that came meanwhile, most are waited for, so that one fdatasync
// serves many, but only while they come.
void Journal::gather() {
  const auto nothing_else = [this]() CANDOR_REQUIRES(mutex_) {
    return !check_room_ && !anew_ && !stopping_;
  };
  const auto deadline = std::chrono::steady_clock::now() + kGatherTime;
  awaited_ = std::max<std::size_t>((served_ + queue_.size()) * 7 / 8, 1);
  while (awaited_ > 1 && queue_.size() < awaited_ && nothing_else()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    sleeping_ = true;
    wake_.wait_for(mutex_, left);
  }
  awaited_ = 1;
  while (queue_.empty() && nothing_else()) {
    sleeping_ = true;
    wake_.wait(mutex_);
  }
  sleeping_ = false;
}

void Journal::run() {
  std::vector<Pending> batch;
  for (;;) {
    bool check_room = false, anew = false;
    {
      MutexLock lock(mutex_);
      gather();
      if (queue_.empty() && stopping_) break;
      batch.swap(queue_);
      check_room = std::exchange(check_room_, false);
      anew = std::exchange(anew_, false);
    }
    served_ = batch.size();
    // The next append begins a segment when none is open. What is in `batch` may be older than the
    // call, and goes into the new one all the same.
    if (anew) writer_.seal();
    if (check_room) make_room();
    commit(batch);
    batch.clear();
  }
  writer_.seal();
}

void Journal::commit(std::vector<Pending>& batch) {
  std::size_t settled = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& append = batch[i];
    if (append.refusal) continue;
    if (writer_.is_open() && !writer_.fits(append.bytes.size())) {
      settle(batch, settled, i);
      settled = i;
      writer_.seal();
    }
    if (!writer_.is_open()) {
      if (auto begun = begin_segment(append.bytes.size()); !begun.ok()) {
        append.refusal = std::move(begun).error();
        continue;
      }
    }
    append.position = writer_.put(append.bytes, append.body_crc);
  }
  settle(batch, settled, batch.size());

  {
    MutexLock lock(mutex_);
    for (const auto& append : batch) {
      queued_bytes_ -= append.queued;
      if (!append.refusal) {
        ++figures_.appends;
        room_wanted_ = false;
      } else if (append.queued > 0) {
        ++figures_.append_errors;
      }
    }
  }
  for (auto& append : batch) {
    if (append.refusal) {
      append.done(*std::move(append.refusal));
    } else {
      append.done(append.position);
    }
  }
}

// Makes what was put for batch[from, to) durable, or refuses it.
void Journal::settle(std::vector<Pending>& batch, std::size_t from, std::size_t to) {
  bool any = false;
  for (auto i = from; i < to; ++i) any |= !batch[i].refusal;
  if (!any) return;

  const auto synced = writer_.sync();
  if (synced.ok()) {
    kept_.grow(writer_.durable());
  } else {
    writer_.seal();
    for (auto i = from; i < to; ++i) {
      if (batch[i].refusal) continue;
      batch[i].refusal = Error{
          ErrorKind::kTryAgain,
          fmt::format("the record could not be saved ({}); send it again", synced.error().message)};
    }
  }
  bool was_ok = false;
  {
    MutexLock lock(mutex_);
    was_ok = std::exchange(figures_.fsync_ok, synced.ok());
    if (synced.ok()) ++figures_.commits;
  }
  // Once, not for every batch while the disk stays broken.
  if (was_ok && !synced.ok()) {
    log_warning("journal: {}; what was not on disk is refused, and a new segment is begun",
                synced.error().message);
  }
}

Status Journal::begin_segment(std::uint64_t length) {
  auto begun = writer_.begin(length);
  {
    MutexLock lock(mutex_);
    figures_.disk_ok = begun.ok();
  }
  if (!begun.ok()) {
    return Error{ErrorKind::kTryAgain, fmt::format("the journal cannot grow: {}; send again later",
                                                   begun.error().message)};
  }
  kept_.add(writer_.durable());
  // What was the newest segment until now may have been released long ago. When it cannot be
  // removed, the next release says so.
  (void)kept_.remove_released();
  return Ok{};
}

// A journal of which nothing is needed any more gets a new segment, so that the newest, which is
// never removed, is not in the way when it is full, nor kept for ever when it is not.
void Journal::make_room() {
  if (!kept_.newest_is_released()) return;
  writer_.seal();
  (void)begin_segment(0);
}

}  // namespace candor
