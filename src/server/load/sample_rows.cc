#include "server/load/sample_rows.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/clock.h"

namespace candor {
namespace {

// Of the rows' table, in the order of kSamples.
enum Column { kProduct, kMetric, kId, kDay, kAt, kTag, kValue, kVersion };

// Sets of keys tell them apart by their lower half, and place them by its uppermost bits: the day
// has to be in it, and all of the id in those, which begins alike for all series of a metric.
RecordKey key_of(std::uint64_t series, std::int64_t day) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  return {series, (series + kOdd * static_cast<std::uint64_t>(day)) * kOdd};
}

}  // namespace

SampleRows::SampleRows()
    : block_({{"product", "String"},
              {"metric", "String"},
              {"series", "UInt64"},
              {"day", "Date"},
              {"at", "UInt64"},
              {"tag", "UInt64"},
              {"value", "Float64"},
              {"version", "UInt64"}}) {}

SampleRows::Group& SampleRows::group_of(const std::string& product, const SeriesName& name) {
  const auto [place, is_new] =
      group_places_.try_emplace(name.id, static_cast<std::uint32_t>(groups_.size()));
  if (is_new) {
    const auto [metric, is_first] =
        metric_places_.try_emplace(Metric(product, name.metric), metrics_.size());
    if (is_first) metrics_.push_back(&metric->first);
    groups_.push_back({name.id, metric->second});
  }
  return groups_[place->second];
}

void SampleRows::name_series(Group& group, const SamplesRecord& record, const SeriesName& name,
                             std::int64_t day, Position position) {
  if (group.named == day) return;
  group.named = day;
  const auto key = key_of(name.id, day);
  if (named_.contains(key) || !in_block_.insert(key)) return;
  to_name_.push_back(key);
  series_.text(record.product)
      .text(name.metric)
      .u64(name.id)
      .date(day)
      .text(name.labels)
      .text(name.installation)
      .text(record.protocol)
      .text(record.contract)
      .u64(position.value);
}

void SampleRows::add(const SamplesRecord& record, Position position) {
  if (rows_.empty()) rows_.reserve(kMaxBlockSamples);
  SeriesReader reader(record.admitted.series.bytes());
  while (reader.next()) {
    const auto name = reader.name();
    auto& group = group_of(record.product, name);
    const auto place = static_cast<std::uint32_t>(&group - groups_.data());
    group.count += static_cast<std::uint32_t>(reader.size());
    for (std::size_t i = 0; i < reader.size(); ++i) {
      const auto sample = reader.sample(i);
      name_series(group, record, name, day_of(from_unix_millis(sample.at)), position);
      rows_.push_back({place, sample.at, sample.value, sample.tag, position.value});
    }
  }
}

std::vector<std::uint32_t> SampleRows::sorted_places() const {
  std::vector<std::uint32_t> order(groups_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [this](std::uint32_t a, std::uint32_t b) {
    const auto &x = groups_[a], &y = groups_[b];
    return std::tie(metrics_[x.metric]->first, x.id) < std::tie(metrics_[y.metric]->first, y.id);
  });
  std::vector<std::size_t> next(groups_.size());
  std::size_t sum = 0;
  for (const auto group : order)
    sum += std::exchange(next[group], sum), sum += groups_[group].count;
  std::vector<std::uint32_t> sorted(rows_.size());
  for (std::uint32_t place = 0; place < rows_.size(); ++place)
    sorted[next[rows_[place].group]++] = place;
  // Within a series they mostly came in the order of their times.
  const auto by_time = [this](std::uint32_t a, std::uint32_t b) {
    const auto &x = rows_[a], &y = rows_[b];
    return std::tie(x.at, x.tag) < std::tie(y.at, y.tag);
  };
  std::size_t from = 0;
  for (const auto group : order) {
    const auto begin = sorted.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = begin + groups_[group].count;
    if (!std::is_sorted(begin, end, by_time)) std::stable_sort(begin, end, by_time);
    from += groups_[group].count;
  }
  return sorted;
}

// Column by column, in stretches of memory that are small.
void SampleRows::add_columns(std::span<const Row> rows) {
  const auto metric_of = [this](const Row& row) -> const Metric& {
    return *metrics_[groups_[row.group].metric];
  };
  for (const auto& row : rows) block_[kProduct].text(metric_of(row).first);
  for (const auto& row : rows) block_[kMetric].text(metric_of(row).second);
  for (const auto& row : rows) block_[kId].u64(groups_[row.group].id);
  for (const auto& row : rows) block_[kDay].date(day_of(from_unix_millis(row.at)));
  for (const auto& row : rows) block_[kAt].u64(static_cast<std::uint64_t>(row.at));
  for (const auto& row : rows) block_[kTag].u64(row.tag);
  for (const auto& row : rows) block_[kValue].f64(row.value);
  for (const auto& row : rows) block_[kVersion].u64(row.version);
  block_.add_rows(rows.size());
}

void SampleRows::take_samples(std::string& into) {
  if (places_.empty()) places_ = sorted_places();
  std::vector<Row> some;
  while (places_taken_ < places_.size() && block_.size() < kLoadPieceBytes) {
    const auto left = std::span(places_).subspan(places_taken_);
    const auto first = left.first(std::min(left.size(), kRowsOfNativeBlock));
    some.clear();
    for (const auto place : first) some.push_back(rows_[place]);
    add_columns(some);
    places_taken_ += first.size();
  }
  block_.take(into);
  if (into.empty()) clear();
}

void SampleRows::clear() {
  metric_places_.clear();
  metrics_.clear();
  group_places_.clear();
  groups_.clear();
  std::vector<Row>().swap(rows_);
  std::vector<std::uint32_t>().swap(places_);
  places_taken_ = 0;
  block_.take();
  series_ = {};
  in_block_ = {};
  taken_ = std::exchange(to_name_, {});
}

void SampleRows::stored() {
  if (named_.size() + taken_.size() > kMaxNamedSeries) named_ = {};
  for (const auto& key : taken_) named_.insert(key);
  taken_.clear();
}

}  // namespace candor
