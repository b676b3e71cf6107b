#include "server/load/daily_rollup.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "server/load/limits.h"

namespace candor {
namespace {

enum Column { kProduct, kFigure, kDay, kValue, kBucket, kEventCount, kSum, kHashes, kPosition };
constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kKnownSources = std::size_t{1} << 17;
std::size_t slot_of(std::uint64_t known) { return (known >> 1) & (kKnownSources - 1); }

std::uint64_t mixed(std::uint64_t value) {
  value *= 0x9e3779b97f4a7c15;
  return value ^ (value >> 32);
}

}  // namespace

DailyRollup::DailyRollup()
    : table_(kFirstSlots),
      known_(kKnownSources),
      block_({{"product", "String"},
              {"figure", "String"},
              {"day", "Date"},
              {"value", "String"},
              {"bucket", "String"},
              {"events", "UInt64"},
              {"sum", "Float64"},
              {"hashes", "Array(UInt64)"},
              {"position", "UInt64"}}) {}

DailyRollup::Figure DailyRollup::figure(std::string_view product, std::string_view name) {
  const auto known = std::ranges::find_if(
      names_, [&](const Name& one) { return one.product == product && one.figure == name; });
  const auto index = static_cast<Figure>(known - names_.begin());
  if (known == names_.end()) names_.push_back({std::string(product), std::string(name)});
  return index;
}

bool DailyRollup::is(const Row& row, std::uint64_t hash, Figure figure, std::int64_t day,
                     std::string_view value, std::string_view bucket) const {
  const auto texts = std::string_view(texts_).substr(row.text, row.value_bytes + row.bucket_bytes);
  return row.hash == hash && row.figure == figure && row.day == day &&
         row.value_bytes == value.size() && texts.starts_with(value) &&
         texts.substr(value.size()) == bucket;
}

DailyRollup::Row& DailyRollup::row_of(Figure figure, std::int64_t day, std::string_view value,
                                      std::string_view bucket) {
  auto hash = mixed((std::uint64_t{figure} << 32) ^ static_cast<std::uint64_t>(day));
  hash = mixed(hash ^ std::hash<std::string_view>()(value));
  if (!bucket.empty()) hash = mixed(hash ^ std::hash<std::string_view>()(bucket));
  auto slot = hash & (table_.size() - 1);
  for (; table_[slot] != 0; slot = (slot + 1) & (table_.size() - 1)) {
    auto& row = rows_[table_[slot] - 1];
    if (is(row, hash, figure, day, value, bucket)) return row;
  }
  table_[slot] = static_cast<std::uint32_t>(rows_.size() + 1);
  rows_.push_back({figure, static_cast<std::int32_t>(day),
                   static_cast<std::uint32_t>(texts_.size()),
                   static_cast<std::uint32_t>(value.size()),
                   static_cast<std::uint32_t>(bucket.size()), hash, 0, 0, 0});
  texts_ += value;
  texts_ += bucket;
  if (rows_.size() * 2 > table_.size()) grow();
  return rows_.back();
}

void DailyRollup::grow() {
  table_.assign(table_.size() * 2, 0);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    auto slot = rows_[i].hash & (table_.size() - 1);
    while (table_[slot] != 0) slot = (slot + 1) & (table_.size() - 1);
    table_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

void DailyRollup::add(Figure figure, std::int64_t day, std::string_view value,
                      std::string_view bucket, double number, std::uint64_t source) {
  auto& row = row_of(figure, day, value, bucket);
  ++row.count;
  row.total += number;
  const auto place = static_cast<std::uint32_t>(&row - rows_.data());
  // Looked up a moment later, when its place has come from memory.
  const auto known = mixed(source ^ mixed(place + 1)) | 1;  // never 0, which is a free slot
  __builtin_prefetch(&known_[slot_of(known)], 1);
  auto& waiting = waiting_[added_++ % waiting_.size()];
  note(std::exchange(waiting, {{place, source}, known}));
}

// What was not known a moment ago is a source of its row; the store sees to what this forgot.
void DailyRollup::note(const Waiting& waiting) {
  if (waiting.known == 0) return;
  if (std::exchange(known_[slot_of(waiting.known)], waiting.known) == waiting.known) return;
  sources_.push_back(waiting.source);
  ++rows_[waiting.source.row].sources;
}

bool DailyRollup::full() const {
  return rows_.size() >= kMaxRollupRows || sources_.size() + waiting_.size() >= kMaxRollupSources ||
         texts_.size() >= kMaxRollupTextBytes;
}

void DailyRollup::write_sources() {
  auto& column = block_[kHashes];
  std::vector<std::uint64_t> next;
  next.reserve(rows_.size());
  std::uint64_t end = 0;
  for (const auto& row : rows_) {
    next.push_back(end);
    column.u64(end += row.sources);
  }
  std::vector<std::uint64_t> ordered(sources_.size());
  for (const auto& source : sources_) ordered[next[source.row]++] = source.hash;
  column.raw(ordered.data(), ordered.size() * sizeof(std::uint64_t));
}

std::string DailyRollup::take(std::uint64_t position) {
  for (auto& waiting : waiting_) note(std::exchange(waiting, {}));
  for (const auto& row : rows_) {
    const auto texts =
        std::string_view(texts_).substr(row.text, row.value_bytes + row.bucket_bytes);
    block_[kProduct].text(names_[row.figure].product);
    block_[kFigure].text(names_[row.figure].figure);
    block_[kDay].date(row.day);
    block_[kValue].text(texts.substr(0, row.value_bytes));
    block_[kBucket].text(texts.substr(row.value_bytes));
    block_[kEventCount].u64(row.count);
    block_[kSum].f64(row.total);
    block_[kPosition].u64(position);
  }
  write_sources();
  block_.add_rows(rows_.size());
  rows_.clear();
  sources_.clear();
  texts_.clear();
  std::ranges::fill(table_, 0u);
  std::ranges::fill(known_, 0u);
  return block_.take();
}

}  // namespace candor
