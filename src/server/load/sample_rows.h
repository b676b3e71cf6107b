// The samples of a block, as columns: sorted as their table is, so that the store has nothing to
// sort, and what a series is called once a day instead of with every sample.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "journal/journal.h"
#include "server/load/limits.h"
#include "server/load/native_block.h"
#include "server/load/row_binary.h"
#include "server/record/key_set.h"
#include "server/record/record.h"

namespace candor {

// Not thread-safe.
class SampleRows {
 public:
  SampleRows();
  void add(const SamplesRecord& record, Position position);

  // Whether a block should end here.
  bool full() const { return rows_.size() >= kMaxBlockSamples; }
  bool empty() const { return rows_.empty(); }
  // Rows of candor.series, of the series that are to be named; empty: the store has all of them.
  RowBinary take_series() { return std::exchange(series_, RowBinary()); }
  // In place of what is in `into` some thousand rows of candor.samples, sorted, in ClickHouse's
  // Native format: a block of samples is not there twice. Empty behind the last of them, and then
  // nothing stays but the memory of what was stored.
  void take_samples(std::string& into);
  // Takes what there is.
  void clear();
  // What was taken last is in the store: its series are not named again today.
  void stored();
  // The store may have lost series: each is named again when it comes.
  void forget() { named_ = {}; }

 private:
  struct Group {
    std::uint64_t id;
    std::uint32_t metric;     // place in metrics_
    std::int64_t named = -1;  // the day it was last asked for
    std::uint32_t count = 0;
  };
  struct Row {
    std::uint32_t group;
    std::int64_t at;
    double value;
    std::uint64_t tag;
    std::uint64_t version;
  };
  using Metric = std::pair<std::string, std::string>;  // product and name
  Group& group_of(const std::string& product, const SeriesName& name);
  void name_series(Group& group, const SamplesRecord& record, const SeriesName& name,
                   std::int64_t day, Position position);
  // Places in rows_, series by series in the table's order.
  std::vector<std::uint32_t> sorted_places() const;
  void add_columns(std::span<const Row> rows);

  std::map<Metric, std::uint32_t> metric_places_;
  std::vector<const Metric*> metrics_;
  std::unordered_map<std::uint64_t, std::uint32_t> group_places_;  // by id
  std::vector<Group> groups_;
  std::vector<Row> rows_;
  std::vector<std::uint32_t> places_;  // of rows_, sorted, while they are taken
  std::size_t places_taken_ = 0;
  RowBinary series_;
  NativeBlock block_;               // empty but while it is taken
  KeySet named_;                    // series and day, of what is in the store
  std::vector<RecordKey> to_name_;  // of this block
  std::vector<RecordKey> taken_;    // of the block taken last
  KeySet in_block_;
};

}  // namespace candor
