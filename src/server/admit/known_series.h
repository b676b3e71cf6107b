// What admission found of series that came before: a sender names the same ones again each time it
// scrapes, and a contract says the same of them all day.
//
// The bytes of the labels as they were sent are the key, and are compared whole: a client that
// could make two series' hashes equal would gain nothing. They are in memory only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "server/admit/admit.h"
#include "server/admit/limits.h"
#include "server/admit/series_list.h"

namespace candor {

// What becomes of the samples of a series, whenever they are of a time that is taken. Its texts
// stand one behind another, as they are read: there are more of them than a processor keeps near.
class SeriesVerdict {
 public:
  // Of a series in quarantine; `bytes` name it, as for SeriesSubmission.
  explicit SeriesVerdict(std::string_view bytes) : texts_(bytes), ends_{bytes.size()} {}
  // Of one that is kept. `digest` is of all labels as they were sent, under the key, where some
  // were dropped: their samples have tags. Else it is empty.
  SeriesVerdict(std::string_view bytes, const SeriesName& name, std::string_view digest);

  bool is_kept() const { return kept_; }
  std::string_view bytes() const { return text(0); }
  SeriesName name() const { return {id_, text(1), text(2), text(3)}; }
  std::string_view digest() const { return text(4); }
  std::size_t size() const { return texts_.size() + drops.size() * sizeof drops[0]; }  // bytes

  // What each sample adds one to; of quarantine the metric itself. Rows that are the same are one
  // object, where that is known.
  std::vector<std::shared_ptr<const Dropped>> drops;

 private:
  std::string_view text(std::size_t i) const {
    const auto from = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(texts_).substr(from, ends_[i] - from);
  }
  std::uint64_t id_ = 0;
  bool kept_ = false;
  std::string texts_;
  std::size_t ends_[5];
};
using SeriesVerdictPtr = std::shared_ptr<const SeriesVerdict>;

// Any thread. Holds kMaxKnownSeriesBytes; those that were not asked for go first.
class KnownSeries {
 public:
  KnownSeries();
  // `scope` stands for the contract and the day; nullptr: not known.
  SeriesVerdictPtr find(std::uint64_t scope, std::string_view bytes);
  void add(std::uint64_t scope, SeriesVerdictPtr verdict);
  // The one object that stands for such a row.
  std::shared_ptr<const Dropped> row(Dropped row);
  // Under a secret of this object.
  std::uint64_t hash(std::uint64_t scope, std::string_view bytes) const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t scope = 0;
    SeriesVerdictPtr verdict;  // nullptr: free
  };
  // Slots in one stretch of memory, of which at most three quarters are taken: there are more
  // series than a processor keeps near, and each step from place to place is waited for.
  class Table {
   public:
    SeriesVerdictPtr find(std::uint64_t hash, std::uint64_t scope, std::string_view bytes) const;
    // False when it was there.
    bool insert(Slot slot);

   private:
    // Where it is, or the free slot where it belongs.
    std::size_t place(std::uint64_t hash, std::uint64_t scope, std::string_view bytes) const;
    std::vector<Slot> slots_;  // a power of two
    std::size_t size_ = 0;
  };
  // One lock each, so that threads seldom wait for one another. Those that nobody asked for while
  // `young` filled up are in `old`, and go when it is full again.
  struct Shard {
    Mutex mutex;
    Table young CANDOR_GUARDED_BY(mutex);
    Table old CANDOR_GUARDED_BY(mutex);
    std::size_t young_bytes CANDOR_GUARDED_BY(mutex) = 0;
    void put(Slot slot) CANDOR_REQUIRES(mutex);
  };
  static constexpr std::size_t kShards = 16;
  Shard& shard_of(std::uint64_t hash) { return shards_[hash >> 60]; }

  std::uint64_t secret_[2];
  std::array<Shard, kShards> shards_;
  Mutex rows_mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Dropped>> rows_
      CANDOR_GUARDED_BY(rows_mutex_);
};

}  // namespace candor
