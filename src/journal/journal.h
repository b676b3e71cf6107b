// The journal: an append-only, checksummed log of opaque bytes. What it acknowledged is on disk.
//
// Format, recovery and versions: docs/formats/journal.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/result.h"
#include "journal/disk.h"
#include "journal/journal_reader.h"
#include "journal/kept_segments.h"
#include "journal/limits.h"
#include "journal/position.h"
#include "journal/recovery.h"
#include "journal/segment_writer.h"

namespace candor {

struct JournalOptions {
  Path folder;  // made when it is not there; one process at a time
  // Bytes a segment is preallocated to: kMinSegmentBytes to kMaxSegmentBytes.
  std::uint64_t segment_bytes = kDefaultSegmentBytes;
  // Bytes the records may take: two segments at least. The disk needs one segment more than that.
  std::uint64_t max_bytes = kDefaultJournalBytes;
  // Bytes of records that may wait to be written.
  std::uint64_t max_queued_bytes = kDefaultQueuedBytes;
  // After a segment could not be made (disk full), appends are refused so long without a new try.
  std::chrono::milliseconds segment_retry_delay = kSegmentRetryDelay;

  // Called by open() with each record that it finds, so that whoever must know them need not read
  // the journal again; an error is open()'s.
  FoundRecord on_found;

  // Seams; they outlive the journal.
  Disk* disk = &system_disk();
  const Clock* clock = &system_clock();
  std::function<std::uint64_t()> salt;  // a random number for each segment; the system's when empty
};

// A moment's figures, for health and metrics.
struct JournalState {
  std::uint64_t bytes = 0;  // taken by segments, unused preallocated space not counted
  std::uint64_t max_bytes = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t segments = 0;
  Position first_kept;            // of the first segment kept; 0 when there is no record
  Position last_durable;          // 0 when there is no record
  std::optional<Instant> oldest;  // when the first record kept was committed

  bool fsync_ok = true;  // the last write and sync of records succeeded
  bool disk_ok = true;   // the last segment that was needed could be made
  bool full = false;     // the next small append would be refused for max_bytes

  // Since the start.
  std::uint64_t appends = 0;          // acknowledged
  std::uint64_t commits = 0;          // syncs of records that succeeded
  std::uint64_t append_errors = 0;    // refused because the disk failed or was full
  std::uint64_t refused_full = 0;     // refused for max_bytes or max_queued_bytes
  std::uint64_t corrupt_records = 0;  // found damaged, at the start and since; at least
};

// Every member is safe from any thread, except as said.
class Journal {
 public:
  // Called exactly once. Errors: kTryAgain (full, disk full, disk error: the record may be sent
  // again; after an error of the disk it can nevertheless be found after a crash), kBadData (larger
  // than kMaxRecordBytes or than the whole journal).
  using Done = std::function<void(Result<Position>)>;

  // Recovers the folder and starts the committer thread; needs no free space. Errors:
  // kConfiguration (options that contradict each other), kTryAgain (another process has the
  // folder), kBadData (newer format, files mixed up; nothing was changed), or the disk's.
  static Result<std::unique_ptr<Journal>> open(JournalOptions options);

  // Commits what was appended, then stops. No other call may be under way.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What the start found. Does not change.
  const RecoveryReport& recovery() const;

  // Returns at once. `done` is called on the committer thread, in the order of the appends, when
  // the record is durable or refused; it must be quick, must not throw, may append, and must not
  // destroy the journal. Appends of one thread get increasing positions.
  void append(std::string bytes, Done done);

  // Blocks until the record is durable or refused. Not from a Done.
  Result<Position> append_and_wait(std::string_view bytes);

  // Durable records behind `after`, in order; empty when there are none (yet). Steps over damage,
  // which state() counts. Cheap when `after` is the last position of the read before. Errors: the
  // disk's, when a segment cannot be opened.
  Result<std::vector<JournalRecord>> read(Position after, ReadLimits limits = {});

  // The caller needs nothing up to and including `up_to` any more: removes the segments that hold
  // nothing else, except the newest. Not remembered over a restart. Errors: the disk's; then call
  // it again later.
  Status release(Position up_to);

  // Begins a new segment when nothing in the newest is needed any more, so that the newest, which
  // release() keeps, does not keep old records for as long as little arrives. Returns at once.
  void renew();

  // What is appended after this call goes into a new segment, so that what is there now can be
  // released whole. Returns at once.
  void begin_anew();

  JournalState state() const;

 private:
  // An append on its way.
  struct Pending {
    std::string bytes;
    std::uint32_t body_crc = 0;
    Done done;
    Position position{};
    std::optional<Error> refusal{};  // set: the outcome is this
    std::uint64_t queued = 0;        // its part of queued_bytes_
  };

  Journal(JournalOptions options, std::shared_ptr<void> lock, Recovered recovered);
  std::optional<Error> refuse(std::uint64_t length) CANDOR_REQUIRES(mutex_);

  // Only on the committer thread.
  void run();
  void gather() CANDOR_REQUIRES(mutex_);
  void commit(std::vector<Pending>& batch);
  void settle(std::vector<Pending>& batch, std::size_t from, std::size_t to);
  Status begin_segment(std::uint64_t length);
  void make_room();

  const JournalOptions options_;
  const std::shared_ptr<void> lock_;
  const RecoveryReport recovery_;
  KeptSegments kept_;
  JournalReader reader_;
  SegmentWriter writer_;    // only the committer thread
  std::size_t served_ = 0;  // appends of the last commit; only the committer thread

  mutable Mutex mutex_;
  Condition wake_;
  std::vector<Pending> queue_ CANDOR_GUARDED_BY(mutex_);
  std::uint64_t queued_bytes_ CANDOR_GUARDED_BY(mutex_) = 0;
  bool sleeping_ CANDOR_GUARDED_BY(mutex_) = false;    // the committer waits for wake_
  std::size_t awaited_ CANDOR_GUARDED_BY(mutex_) = 1;  // so many appends wake it
  bool stopping_ CANDOR_GUARDED_BY(mutex_) = false;
  bool room_wanted_ CANDOR_GUARDED_BY(mutex_) = false;  // an append was refused for max_bytes
  bool check_room_ CANDOR_GUARDED_BY(mutex_) = false;   // the committer shall try make_room()
  bool anew_ CANDOR_GUARDED_BY(mutex_) = false;         // the committer shall seal the newest
  JournalState figures_ CANDOR_GUARDED_BY(mutex_);      // the counters and flags of state()
  std::thread committer_;
};

}  // namespace candor
