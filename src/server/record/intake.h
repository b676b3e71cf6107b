// Intake: an admitted document becomes a durable record, once.
//
// The order is: known already? → journal → answer. A document is acknowledged only when its record
// is on disk; one that comes again while the first is on its way waits for the first.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "journal/journal.h"
#include "server/record/record.h"
#include "server/record/seen.h"
#include "server/record/tombstones.h"

namespace candor {

// One thing that arrived, as `candor tail` shows it: no value of any field.
struct Arrival {
  std::uint64_t number = 0;  // consecutive since the start
  Instant received{};
  std::string product;
  std::string protocol;
  std::string installation;
  std::string deletion;  // hash; to forget it by, never shown
  std::string outcome;   // of name_of(Outcome)
  std::string reason;    // of a refusal
  std::uint64_t bytes = 0;
  std::vector<Dropped> dropped;
  std::vector<Quarantined> quarantined;  // values empty
};

// Safe from any thread.
class Intake {
 public:
  // What became of the document; errors as Journal::append's, and kForbidden for a record of an
  // installation that was forgotten: nothing was stored.
  using Done = std::function<void(Result<Outcome>)>;

  // Reads what the journal still holds into the memory of seen documents. All of them outlive it;
  // without `forgotten` nobody is.
  static Result<std::unique_ptr<Intake>> open(Journal& journal, Path seen_folder,
                                              const Clock& clock,
                                              const Tombstones* forgotten = nullptr);
  // Waits for the journal to answer what was given to it; writes counts that are not in it yet.
  ~Intake();
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // `done` is called once: here, or on the journal's thread.
  void accept(DocumentRecord record, Done done);
  // Counts a request that left nothing behind.
  void refuse(const std::string& product, const std::string& protocol, const std::string& reason);

  // Records up to `loaded` are in the store: what is remembered of them becomes durable, then the
  // journal may let them go.
  Status release(Position loaded);

  // Forgets the arrivals that a tombstone covers, and returns when what was on its way to the
  // journal before has landed. Not from a Done.
  void forget_covered();

  // Up to `limit` arrivals with a number above `after`, of one product.
  std::vector<Arrival> arrivals_after(std::uint64_t after, const std::string& product,
                                      std::size_t limit) const;

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

  Intake(Journal& journal, Path seen_folder, SeenDocuments seen, const Clock& clock,
         const Tombstones* forgotten);
  Status replay();
  Begin begin(const DocumentRecord& record, const Done& done);
  void on_durable(const DocumentRecord& record, Result<Position> position, const Done& done);
  void duplicate(const DocumentRecord& record, const Done& done);
  bool is_forgotten(std::string_view product, std::string_view installation,
                    std::string_view deletion) const;
  void put_back(const CountsRecord& record);
  void append(std::string bytes, std::function<void(Result<Position>)> then);
  void note(Arrival arrival) CANDOR_REQUIRES(mutex_);

  Journal& journal_;
  const Path seen_folder_;
  const Clock& clock_;
  const Tombstones* const forgotten_;
  Mutex release_mutex_;  // one release at a time; taken before mutex_
  mutable Mutex mutex_;
  SeenDocuments seen_ CANDOR_GUARDED_BY(mutex_);
  std::unordered_map<RecordKey, std::vector<Waiting>, KeyHash> pending_ CANDOR_GUARDED_BY(mutex_);
  std::map<std::string, CountsRecord> counts_ CANDOR_GUARDED_BY(mutex_);  // by product
  std::deque<Arrival> arrivals_ CANDOR_GUARDED_BY(mutex_);
  std::uint64_t last_arrival_ CANDOR_GUARDED_BY(mutex_) = 0;
  std::size_t in_flight_ CANDOR_GUARDED_BY(mutex_) = 0;  // appends whose answer is outstanding
  Condition landed_;
  std::jthread flusher_;
};

}  // namespace candor
