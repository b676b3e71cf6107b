// What stands in a ring, as it was when its bytes were read (docs/formats/library.md). Takes any
// bytes. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "library/declarations.h"
#include "library/layout.h"

namespace candor::library {

struct RingValue {
  std::uint32_t field = 0;  // number of its declaration, a field of the event's
  std::variant<bool, std::int64_t, double, std::string_view> value;
};

struct RingEvent {
  RecordKind kind = RecordKind::kEvent;
  std::uint32_t declaration = 0;  // an event's or a run's
  RunOutcome outcome = RunOutcome::kNone;
  std::int64_t at_ms = 0;
  std::int64_t took_us = 0;
  RandomId run{};
  std::uint32_t block = 0;
  std::uint64_t place = 0;  // with the block makes its id; the byte of the block where it begins
  std::vector<RingValue> values;
};

struct RingRun {
  RunState state = RunState::kRuns;  // or kEnded
  std::uint32_t declaration = 0;
  std::int64_t began_ms = 0;
  RandomId id{};
  std::int64_t took_us = 0;
  RunOutcome outcome = RunOutcome::kNone;
  std::vector<RingValue> values;
};

// Of one counter or histogram: the sums of its slots over all blocks.
struct RingCounts {
  std::uint32_t declaration = 0;
  std::vector<std::uint64_t> counts;  // one of a counter; of a histogram one a bound, and one more
  double sum = 0;                     // of a histogram
};

class RingView {
 public:
  // Nothing when it is no ring of this version. `bytes` outlive it; they may end behind any block.
  static std::optional<RingView> open(std::string_view bytes);

  const RingHeader& header() const { return header_; }
  const Declarations& declarations() const { return declarations_; }
  std::string_view text() const { return text_; }

  // What is not zero.
  std::vector<RingCounts> counts() const;
  // Begun and not taken back.
  std::vector<RingRun> runs() const;
  struct Events {
    std::vector<RingEvent> events;
    std::uint64_t taken = 0;  // what the block's `read` becomes once they are kept
    bool damaged = false;     // the rest of what the block has cannot be read, and is passed over
  };
  // What was written into the block and not taken; requires block < blocks().
  Events events(std::uint32_t block) const;
  std::uint32_t blocks() const { return blocks_; }
  // Where in the file a block's `read` stands.
  std::uint64_t read_at(std::uint32_t block) const;
  std::uint64_t dropped() const;  // events that found no room

 private:
  RingView(std::string_view bytes, const RingHeader& header, std::string_view text,
           Declarations declarations);
  BlockHeader block_header(std::uint32_t block) const;
  std::uint64_t block_at(std::uint32_t block) const;
  bool read_values(std::string_view bytes, std::uint32_t count, std::uint32_t declaration,
                   std::vector<RingValue>& values) const;
  bool read_event(std::string_view bytes, RingEvent& event) const;

  std::string_view bytes_;
  RingHeader header_;
  std::string_view text_;
  Declarations declarations_;
  std::uint32_t blocks_ = 0;
};

}  // namespace candor::library
