#include "library/ring_view.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "library/limits.h"

namespace candor::library {
namespace {

// Whether `size` bytes at `at` are within so many.
bool fits(std::uint64_t at, std::uint64_t size, std::uint64_t all) {
  return at <= all && size <= all - at;
}

template <typename Type>
Type at(std::string_view bytes, std::uint64_t place) {
  Type value;
  std::memcpy(&value, bytes.data() + place, sizeof value);
  return value;
}

bool is_sound(const RingHeader& header) {
  return header.magic == kRingMagic && header.version == kVersion &&
         header.text_at >= sizeof header && header.text_bytes <= kMaxTextBytes &&
         header.runs <= kMaxRuns && header.blocks_at % 4096 == 0 &&
         header.block_bytes % 4096 == 0 && header.most_blocks <= kMostBlocks &&
         header.slots <= kMaxSlots && header.event_bytes <= kBlockEventBytes &&
         std::has_single_bit(header.event_bytes) && header.event_bytes % 8 == 0 &&
         sizeof(BlockHeader) + std::uint64_t{header.slots} * 8 + header.event_bytes <=
             header.block_bytes;
}

bool is_of(ValueType type, DeclaredType declared) {
  switch (declared) {
    case DeclaredType::kBoolean:
      return type == ValueType::kBoolean;
    case DeclaredType::kInteger:
      return type == ValueType::kInteger;
    case DeclaredType::kNumber:
      return type == ValueType::kNumber || type == ValueType::kInteger;
    case DeclaredType::kString:
    case DeclaredType::kTimestamp:
      return type == ValueType::kText;
  }
  return false;
}

}  // namespace

RingView::RingView(std::string_view bytes, const RingHeader& header, std::string_view text,
                   Declarations declarations)
    : bytes_(bytes), header_(header), text_(text), declarations_(std::move(declarations)) {
  while (blocks_ < std::min(header_.blocks, header_.most_blocks) &&
         fits(block_at(blocks_), header_.block_bytes, bytes_.size()))
    ++blocks_;
}

std::optional<RingView> RingView::open(std::string_view bytes) {
  if (bytes.size() < sizeof(RingHeader)) return std::nullopt;
  const auto header = at<RingHeader>(bytes, 0);
  if (!is_sound(header) || !fits(header.text_at, header.text_bytes, bytes.size()) ||
      !fits(header.runs_at, std::uint64_t{header.runs} * sizeof(RunEntry), bytes.size()))
    return std::nullopt;
  const auto text = bytes.substr(header.text_at, header.text_bytes);
  auto declarations = read_declarations(text);
  if (!declarations || declarations->slots > header.slots) return std::nullopt;
  return RingView(bytes, header, text, *std::move(declarations));
}

std::uint64_t RingView::block_at(std::uint32_t block) const {
  return header_.blocks_at + std::uint64_t{block} * header_.block_bytes;
}

std::uint64_t RingView::read_at(std::uint32_t block) const {
  return block_at(block) + offsetof(BlockHeader, read);
}

BlockHeader RingView::block_header(std::uint32_t block) const {
  return at<BlockHeader>(bytes_, block_at(block));
}

std::uint64_t RingView::dropped() const {
  auto sum = header_.dropped;
  for (std::uint32_t block = 0; block < blocks_; ++block) sum += block_header(block).dropped;
  return sum;
}

std::vector<RingCounts> RingView::counts() const {
  std::vector<RingCounts> all;
  for (std::uint32_t number = 1; number <= declarations_.all.size(); ++number) {
    const auto& declared = declarations_.all[number - 1];
    if (declared.slot == 0) continue;
    const bool is_histogram = declared.kind == DeclaredKind::kHistogram;
    RingCounts one{number, {}, 0};
    one.counts.resize(is_histogram ? declared.bounds.size() + 1 : 1);
    for (std::uint32_t block = 0; block < blocks_; ++block) {
      auto place = block_at(block) + sizeof(BlockHeader) + std::uint64_t{declared.slot} * 8;
      for (auto& count : one.counts) {
        count += at<std::uint64_t>(bytes_, place);
        place += 8;
      }
      if (is_histogram) one.sum += at<double>(bytes_, place);
    }
    if (std::ranges::any_of(one.counts, [](auto count) { return count != 0; }))
      all.push_back(std::move(one));
  }
  return all;
}

// Of a field that is not of the event, or not of the type, nothing is believed.
bool RingView::read_values(std::string_view bytes, std::uint32_t count, std::uint32_t declaration,
                           std::vector<RingValue>& values) const {
  for (; count > 0; --count) {
    if (bytes.size() < sizeof(ValueHeader) + 8) return false;
    const auto header = at<ValueHeader>(bytes, 0);
    const auto type = static_cast<ValueType>(header.type_and_length >> kLengthBits);
    const auto length = header.type_and_length & ((1u << kLengthBits) - 1);
    const auto* declared = declarations_.find(header.declaration);
    if (declared == nullptr || declared->kind != DeclaredKind::kField ||
        declared->event != declaration || !is_of(type, declared->type))
      return false;
    bytes.remove_prefix(sizeof header);
    RingValue value{header.declaration, {}};
    std::uint64_t size = 8;
    if (type == ValueType::kText) {
      size = padded(std::max(length, 1u));
      if (size > bytes.size()) return false;
      value.value = bytes.substr(0, length);
    } else if (type == ValueType::kBoolean) {
      value.value = at<std::int64_t>(bytes, 0) != 0;
    } else if (type == ValueType::kInteger) {
      value.value = at<std::int64_t>(bytes, 0);
    } else {
      value.value = at<double>(bytes, 0);
    }
    bytes.remove_prefix(size);
    values.push_back(value);
  }
  return true;
}

std::vector<RingRun> RingView::runs() const {
  std::vector<RingRun> all;
  for (std::uint32_t i = 0; i < header_.runs; ++i) {
    const auto place = header_.runs_at + std::uint64_t{i} * sizeof(RunEntry);
    const auto entry = at<RunEntry>(bytes_, place);
    if (entry.state != RunState::kRuns && entry.state != RunState::kEnded) continue;
    const auto* declared = declarations_.find(entry.declaration);
    if (declared == nullptr || declared->kind != DeclaredKind::kRun) continue;
    RingRun run{
        entry.state, entry.declaration, entry.began_ms, entry.id, entry.took_us, entry.outcome, {}};
    const auto values_at = place + offsetof(RunEntry, value_bytes);
    if (entry.bytes > entry.value_bytes.size() ||
        !read_values(bytes_.substr(values_at, entry.bytes), entry.values, entry.declaration,
                     run.values))
      run.values.clear();
    all.push_back(std::move(run));
  }
  return all;
}

bool RingView::read_event(std::string_view bytes, RingEvent& event) const {
  const auto header = at<RecordHeader>(bytes, 0);
  const auto* declared = declarations_.find(header.declaration);
  const bool is_run = header.kind == RecordKind::kBegin || header.kind == RecordKind::kEnd;
  if (declared == nullptr || (!is_run && header.kind != RecordKind::kEvent) ||
      declared->kind != (is_run ? DeclaredKind::kRun : DeclaredKind::kEvent))
    return false;
  event.kind = header.kind;
  event.declaration = header.declaration;
  event.outcome = header.outcome;
  event.at_ms = header.at_ms;
  event.took_us = header.took_us;
  event.run = header.run;
  return read_values(bytes.substr(sizeof header), header.values, header.declaration, event.values);
}

RingView::Events RingView::events(std::uint32_t block) const {
  const auto header = block_header(block);
  const std::uint64_t size = header_.event_bytes;
  const auto ring =
      bytes_.substr(block_at(block) + sizeof(BlockHeader) + std::uint64_t{header_.slots} * 8, size);
  Events all{{}, header.written, false};
  if (header.read > header.written || header.written - header.read > size || header.read % 8 != 0 ||
      header.written % 8 != 0) {
    all.damaged = true;
    return all;
  }
  for (auto place = header.read; place < header.written;) {
    const auto offset = place % size;
    const auto left = std::min(size - offset, header.written - place);
    // Too little for an event before the end: it stands at the beginning.
    if (left < sizeof(RecordHeader)) {
      place += left;
      continue;
    }
    const auto record = at<RecordHeader>(ring, offset);
    if (record.bytes < 8 || record.bytes % 8 != 0 || record.bytes > left) {
      all.damaged = true;
      return all;
    }
    if (record.kind != RecordKind::kNothing) {
      RingEvent event;
      event.block = block;
      event.place = place;
      if (record.bytes < sizeof record || !read_event(ring.substr(offset, record.bytes), event)) {
        all.damaged = true;
      } else {
        all.events.push_back(std::move(event));
      }
    }
    place += record.bytes;
  }
  return all;
}

}  // namespace candor::library
