// Which documents arrived in the last weeks, so that one that comes again is counted once.
//
// Keys are kept in memory and in one file a day, `seen/2026-11-21`, 16 bytes each. The files are a
// memory of what the journal has let go of: what it still holds is added from it at the start.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "server/record/record.h"

namespace candor {

// Not thread-safe: its owner locks.
class SeenDocuments {
 public:
  // Reads the files of the last `days` and removes older ones. A file that ends in the middle of
  // a key loses that key only.
  static Result<SeenDocuments> open(Path folder, Instant now, std::chrono::days days);

  bool contains(RecordKey key) const { return keys_.contains(key); }
  // Remembers a key, in memory at once, in the day's file by and by; false when it was known.
  bool add(RecordKey key, Instant received);
  // Everything added so far survives a power failure afterwards.
  Status sync();

  // sync() in steps, for an owner that does not hold its lock while the disk works: what is in no
  // file yet is taken, written (without the lock, one call at a time), and given back when that
  // failed.
  using Unwritten = std::unordered_map<std::int64_t, std::string>;  // keys by day
  Unwritten take_unwritten() { return std::exchange(unwritten_, {}); }
  static Status write(const Path& folder, const Unwritten& keys);
  void give_back(const Unwritten& keys);

  // Forgets keys that are older than `days` of open(), in memory and on disk. Cheap within one day.
  Status forget_old(Instant now);

  std::size_t size() const { return keys_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const RecordKey& key) const { return static_cast<std::size_t>(key.low); }
  };
  SeenDocuments(Path folder, std::chrono::days days) : folder_(std::move(folder)), days_(days) {}
  Path folder_;
  std::chrono::days days_;
  std::int64_t forgotten_before_ = 0;
  std::unordered_map<RecordKey, std::int32_t, Hash> keys_;  // to the day of receipt
  Unwritten unwritten_;
};

}  // namespace candor
