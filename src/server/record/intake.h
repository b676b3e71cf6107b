// Intake: an admitted document becomes a durable record, once.
//
// The order is: known already? → journal → answer. A document is acknowledged only when its record
// is on disk; one that comes again while the first is on its way waits for the first.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "journal/journal.h"
#include "server/record/recent_arrivals.h"
#include "server/record/record.h"
#include "server/record/seen.h"
#include "server/record/tombstones.h"

namespace candor {

// What became of the events of one request.
struct EventOutcomes {
  std::uint64_t accepted = 0;  // with those of which a part is in quarantine
  std::uint64_t quarantined = 0;
  std::uint64_t duplicates = 0;
};

// What is remembered of events that arrived.
struct SeenEvents {
  std::uint64_t keys = 0;    // would be recognised
  std::uint64_t let_go = 0;  // since the start: of today's and yesterday's, as there were too many
};

// Safe from any thread.
class Intake {
 public:
  // What became of the document; errors as Journal::append's, and kForbidden for a record of an
  // installation that was forgotten: nothing was stored.
  using Done = std::function<void(Result<Outcome>)>;
  using EventsDone = std::function<void(Result<EventOutcomes>)>;

  // `seen` knows what the journal holds. The others outlive it; without `forgotten` nobody is.
  Intake(Journal& journal, Seen seen, const Clock& clock, const Tombstones* forgotten = nullptr);
  // Waits for the journal to answer what was given to it; writes counts that are not in it yet.
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // `done` is called once: here, or on the journal's thread.
  void accept(DocumentRecord record, Done done);
  // The same for the events of one request. Those that were seen within kSeenEventDays are
  // duplicates; one whose first is still on its way to the disk is answered with it.
  void accept(EventsRecord record, EventsDone done);
  // The same for a replay, which counts once however often it is asked for.
  void accept(ReplayRecord record, Done done);
  // The same for the samples of one request, which comes again with the same bytes or not at all.
  void accept(SamplesRecord record, std::function<void(Status)> done);
  // Counts a request that left nothing behind, or so many events of one.
  void refuse(const std::string& product, const std::string& protocol, const std::string& reason,
              std::uint64_t count = 1);

  // Records up to `loaded` are in the store: what is remembered of them becomes durable, then the
  // journal may let them go.
  Status release(Position loaded);

  // Forgets the arrivals that a tombstone covers, and returns when what was on its way to the
  // journal before has landed. Not from a Done.
  void forget_covered();

  // Up to `limit` arrivals with a number above `after`, of one product.
  std::vector<Arrival> arrivals_after(std::uint64_t after, const std::string& product,
                                      std::size_t limit) const;

  SeenEvents seen_events() const;

  // Writes refusals and duplicates counted since the last time into the journal.
  void flush_counts();

 private:
  struct KeyHash {
    std::size_t operator()(const RecordKey& key) const { return static_cast<std::size_t>(key.low); }
  };
  // A document that came again while the first one was on its way to the disk.
  struct Waiting {
    DocumentRecord record;
    Done done;
  };
  enum class Begin { kFirst, kWaits, kDuplicate, kForgotten };
  // A request whose answer waits until its own events, and those it repeats, are on disk.
  struct Batch {
    std::size_t open = 0;  // of these
    std::string product;
    EventOutcomes outcomes;
    std::optional<Error> error;
    EventsDone done;
    EventsRecord record;                  // of events: what is told of them once they are on disk
    std::vector<std::size_t> body_bytes;  // of each of them, as the bodies are gone by then
  };
  using BatchPtr = std::shared_ptr<Batch>;

  Begin begin(const DocumentRecord& record, const Done& done);
  void on_durable(const DocumentRecord& record, Result<Position> position, const Done& done);
  void duplicate(const DocumentRecord& record, const Done& done);
  void leave_new(EventsRecord& record, const BatchPtr& batch) CANDOR_REQUIRES(mutex_);
  // Of events and samples: what was on its way is on disk, or never will be.
  void on_durable(const BatchPtr& batch, const Result<Position>& position);
  void on_durable(const SamplesRecord& record, std::uint64_t bytes, const BatchPtr& batch,
                  const Result<Position>& position);
  void landed(const RecordKey& key, Instant received, const Result<Position>& position,
              std::vector<BatchPtr>& complete) CANDOR_REQUIRES(mutex_);
  void landed(const BatchPtr& batch, const Result<Position>& position,
              std::vector<BatchPtr>& complete) CANDOR_REQUIRES(mutex_);
  void answer(const BatchPtr& batch);
  bool is_forgotten(std::string_view product, std::string_view installation,
                    std::string_view deletion) const;
  void put_back(const CountsRecord& record);
  // What is remembered becomes durable.
  Status keep_seen(SeenDocuments Intake::*seen, const Path& folder) CANDOR_EXCLUDES(mutex_)
      CANDOR_REQUIRES(release_mutex_);
  void spill_seen();
  Status spill_seen(SeenDocuments Intake::*seen, const Path& folder, Position told)
      CANDOR_EXCLUDES(mutex_) CANDOR_REQUIRES(release_mutex_);
  void move_full_sets(SeenDocuments Intake::*seen, const Path& folder) CANDOR_EXCLUDES(mutex_);
  // `then` is called with the Result<Position> of the journal.
  template <typename Then>
  void append(std::string bytes, Then then);
  // Where to say what arrived; nothing to be said of what a tombstone covers.
  Arrival* note(std::string_view product, std::string_view installation, std::string_view deletion)
      CANDOR_REQUIRES(mutex_);
  void note(const DocumentRecord& record, Outcome outcome) CANDOR_REQUIRES(mutex_);
  void note(const EventsRecord& record, const AdmittedEvent& event, std::size_t body_bytes)
      CANDOR_REQUIRES(mutex_);

  Journal& journal_;
  const Path documents_folder_;
  const Path events_folder_;
  const Clock& clock_;
  const Tombstones* const forgotten_;
  Mutex release_mutex_;  // one release at a time; taken before mutex_
  std::uint64_t told_let_go_ CANDOR_GUARDED_BY(release_mutex_) = 0;
  mutable Mutex mutex_;
  SeenDocuments seen_ CANDOR_GUARDED_BY(mutex_);
  SeenDocuments seen_events_ CANDOR_GUARDED_BY(mutex_);
  // Events on their way to the disk, and who else waits for them.
  std::unordered_map<RecordKey, std::vector<BatchPtr>, KeyHash> pending_events_
      CANDOR_GUARDED_BY(mutex_);
  std::unordered_map<RecordKey, std::vector<Waiting>, KeyHash> pending_ CANDOR_GUARDED_BY(mutex_);
  std::map<std::string, CountsRecord> counts_ CANDOR_GUARDED_BY(mutex_);  // by product
  RecentArrivals arrivals_ CANDOR_GUARDED_BY(mutex_);
  std::size_t in_flight_ CANDOR_GUARDED_BY(mutex_) = 0;  // appends whose answer is outstanding
  // Of these the last one that came: what is in the journal behind it is not remembered yet, though
  // it may be in the store.
  Position told_ CANDOR_GUARDED_BY(mutex_);
  Condition landed_;
  std::jthread flusher_;
};

template <typename Then>
void Intake::append(std::string bytes, Then then) {
  {
    const MutexLock lock(mutex_);
    ++in_flight_;
  }
  journal_.append(std::move(bytes), [this, then = std::move(then)](Result<Position> position) {
    const auto told = position.ok() ? *position : Position();
    then(std::move(position));
    const MutexLock lock(mutex_);
    told_ = std::max(told_, told);
    // Under the lock: the destructor may go on, and this object away, once it is released.
    if (--in_flight_ == 0) landed_.notify_all();
  });
}

}  // namespace candor
