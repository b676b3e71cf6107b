// Which documents arrived in the last weeks, so that one that comes again is counted once; and the
// same of events and of the last day.
//
// Keys are kept in one file a day, `seen/2026-11-21`, 16 bytes each. The files are a memory of what
// the journal has let go of: what it still holds, and the files do not cover, is added from it at
// the start.
// They are looked up in sets (generations): the newest in memory, and of the ones before a filter
// in memory and the rest in files without a name. They have a limit: the ones that were
// added first go first, a set at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "journal/position.h"
#include "server/record/key_file.h"
#include "server/record/key_set.h"
#include "server/record/record.h"

namespace candor {

// Not thread-safe: its owner locks.
class SeenDocuments {
 public:
  // Reads the files of the last `days`, the newest `most` keys of them, after forget_old(). A
  // file that ends in the middle of a key loses that key only.
  static Result<SeenDocuments> open(Path folder, Instant now, std::chrono::days days,
                                    std::size_t most);

  bool contains(RecordKey key) const;
  // For many keys at once: called for each before the first is asked for.
  void prefetch(RecordKey key) const {
    for (const auto& generation : generations_) generation.prefetch(key);
  }
  // The same for keys that are to be added.
  void prefetch_newest(RecordKey key) const {
    if (!generations_.empty()) generations_.back().prefetch(key);
  }
  // Remembers a key, in memory at once, in the day's file by and by; false when it was known.
  bool add(RecordKey key, Instant received);
  // The same for a key that is known not to be there.
  void add_new(RecordKey key, Instant received);
  // Everything added so far survives a power failure afterwards.
  Status sync();
  std::size_t unwritten_bytes() const;

  // sync() in steps, for an owner that does not hold its lock while the disk works: what is in no
  // file yet is taken, written (without the lock, one call at a time), and given back when that
  // failed.
  using Unwritten = std::map<std::int64_t, std::string>;  // keys by day
  Unwritten take_unwritten() { return std::exchange(unwritten_, {}); }
  // A file keeps `most` keys at least, and twice as many at most.
  static Status write(const Path& folder, const Unwritten& keys, std::size_t most);
  void give_back(const Unwritten& keys);

  // That the files have the keys of all records up to a position of the journal: a start need not
  // take them from there, which for a full journal takes seconds. After write().
  static Status cover(const Path& folder, Position up_to);
  // What open() found; nothing when a file is shorter than it was then.
  Position covered() const { return covered_; }

  // A set that has its last key and is in memory, or null; and what is put in its place, which is
  // nothing when it was forgotten meanwhile. An owner writes it without its lock.
  std::shared_ptr<const KeySet> full_set() const;
  void replace(const std::shared_ptr<const KeySet>& keys, KeyFile file);

  // Forgets keys that are older than `days` of open(), but for those of the last few days on which
  // any came: a clock that jumps ahead makes nothing old. In memory; which day is the oldest, for
  // remove_old(), which does the same to the files and is cheap while there are none.
  std::int64_t forget_old(Instant now);
  static Status remove_old(const Path& folder, std::int64_t oldest);

  // Keys that were added one after the other.
  struct Generation {
    std::int64_t day;                  // of the newest
    std::shared_ptr<KeySet> keys;      // or null, and
    std::optional<KeyFile> file = {};  // no thread changes what another one writes into it

    bool contains(RecordKey key) const { return keys ? keys->contains(key) : file->contains(key); }
    void prefetch(RecordKey key) const { keys ? keys->prefetch(key) : file->prefetch(key); }
    std::size_t size() const { return keys ? keys->size() : file->size(); }
    std::size_t bytes() const { return keys ? keys->bytes() : file->bytes(); }
  };
  // Sets that were forgotten: to be destroyed by an owner that holds no lock.
  std::vector<Generation> take_gone() { return std::exchange(gone_, {}); }

  std::size_t size() const { return size_; }
  std::size_t most() const { return most_; }
  std::size_t bytes() const;  // of memory, about
  // Writes what is full into files, for an owner that needs no lock yet.
  void move_full_sets();
  // How many keys went before their `days` were over, as there were too many, since open().
  std::uint64_t let_go() const { return let_go_; }

 private:
  SeenDocuments(Path folder, Instant now, std::chrono::days days, std::size_t most)
      : folder_(std::move(folder)), days_(days), most_(most), oldest_(day_of(now) - days.count()) {}
  void remember(RecordKey key, std::int64_t day);
  void let_go_of_front();
  void shorten_unwritten();

  Path folder_;
  std::chrono::days days_;
  std::size_t most_;
  std::int64_t oldest_;                 // the day
  std::deque<Generation> generations_;  // oldest first
  std::vector<Generation> gone_;
  std::size_t size_ = 0;
  std::uint64_t let_go_ = 0;
  Position covered_;
  Unwritten unwritten_;
};

// What an intake remembers of all that it took.
struct Seen {
  SeenDocuments documents;
  SeenDocuments events;  // and replays, and requests of samples
  Path documents_folder;
  Path events_folder;

  static Result<Seen> open(const Path& documents, const Path& events, Instant now);
  // Remembers what a record of the journal stands for; kBadData when it is none, but one that the
  // files cover is not looked at.
  Status add(Position position, std::string_view record, Instant now);
};

}  // namespace candor
