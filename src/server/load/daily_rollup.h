// What a block's events add to the figures of each day, summed before it is sent: candor.daily
// costs the store a row for each figure, day and value of a block, and not for each event.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "journal/journal.h"
#include "server/load/native_block.h"

namespace candor {

// Of the events themselves: those that happened in continuous integration.
inline constexpr std::string_view kAutomationBucket = "automation";

// Not thread-safe.
class DailyRollup {
 public:
  DailyRollup();

  // A figure of a product, for add(); the empty one is the events themselves. For as long as the
  // rollup is there.
  using Figure = std::uint32_t;
  Figure figure(std::string_view product, std::string_view name);

  // `source` is the sip_hash() of what tells installations or visitors apart.
  void add(Figure figure, std::int64_t day, std::string_view value, std::string_view bucket,
           double number, std::uint64_t source);

  bool empty() const { return rows_.empty(); }
  // Its memory has reached its limit: take() before more is added.
  bool full() const;

  // The rows of candor.daily_blocks in the format Native; nothing is in it afterwards.
  // `position` is that of no other block: without it two that add the same could be taken for one.
  std::string take(std::uint64_t position);

 private:
  // The texts of a row stand in texts_, the value and behind it the bucket.
  struct Row {
    Figure figure;
    std::int32_t day;
    std::uint32_t text;
    std::uint32_t value_bytes;
    std::uint32_t bucket_bytes;
    std::uint64_t hash;
    std::uint64_t count;
    double total;
    std::uint64_t sources;  // how many of sources_ are of it
  };
  struct Source {
    std::uint32_t row;
    std::uint64_t hash;
  };
  struct Waiting {
    Source source{};
    std::uint64_t known = 0;  // row and source, mixed; 0: nothing waits
  };
  void note(const Waiting& waiting);
  struct Name {
    std::string product, figure;
  };

  Row& row_of(Figure figure, std::int64_t day, std::string_view value, std::string_view bucket);
  bool is(const Row& row, std::uint64_t hash, Figure figure, std::int64_t day,
          std::string_view value, std::string_view bucket) const;
  void grow();
  void write_sources();

  std::vector<Name> names_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> table_;  // by hash: the row's index and 1; 0: free
  std::vector<Source> sources_;
  std::array<Waiting, 16> waiting_{};  // added last
  std::size_t added_ = 0;
  std::vector<std::uint64_t> known_;  // those noted last, at their slots
  std::string texts_;
  NativeBlock block_;
};

}  // namespace candor
