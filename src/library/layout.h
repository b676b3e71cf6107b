// The files of programs with libcandor, as types: docs/formats/library.md. Library and agent share
// them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace candor::library {

inline constexpr std::array<char, 8> kSwitchMagic = {'C', 'A', 'N', 'D', 'O', 'R', 'S', 'W'};
inline constexpr std::array<char, 8> kRingMagic = {'C', 'A', 'N', 'D', 'O', 'R', 'R', 'B'};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr const char* kFolder = "library";                  // in the agent's state folder
inline constexpr std::string_view kCrashFolder = "crashes";        // beside it
inline constexpr std::string_view kCrashList = "program_crashes";  // of a report
inline constexpr const char* kSwitchFile = "switch";
inline constexpr const char* kRingSuffix = ".ring";

using RandomId = std::array<std::uint8_t, 16>;  // of a process or a run

struct SwitchHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t flags_at;
  std::uint32_t declarations;
  std::uint32_t text_at;
  std::uint32_t text_bytes;
  std::uint32_t zero;
};
static_assert(sizeof(SwitchHeader) == 32);

struct RingHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t text_at;
  RandomId process;
  std::int64_t began_ms;
  std::uint32_t pid;
  std::uint32_t automation;
  std::uint32_t text_bytes;
  std::uint32_t runs_at;
  std::uint32_t runs;
  std::uint32_t blocks_at;
  std::uint32_t block_bytes;
  std::uint32_t most_blocks;
  std::uint32_t blocks;  // begun
  std::uint32_t slots;
  std::uint32_t event_bytes;
  std::uint32_t zero;
  std::uint64_t dropped;
};
static_assert(sizeof(RingHeader) == 96);

struct BlockHeader {
  std::uint32_t taken;
  std::uint32_t zero;
  std::uint64_t written;
  std::uint64_t read;
  std::uint64_t dropped;
  std::array<std::uint64_t, 4> zeros;
};
static_assert(sizeof(BlockHeader) == 64);

enum class RecordKind : std::uint16_t { kNothing = 0, kEvent = 1, kBegin = 2, kEnd = 3 };
enum class RunOutcome : std::uint32_t { kNone = 0, kCompleted = 1, kFailed = 2, kAborted = 3 };

struct RecordHeader {
  std::uint32_t bytes;
  RecordKind kind;
  std::uint16_t values;
  std::uint32_t declaration;
  RunOutcome outcome;
  std::int64_t at_ms;
  std::int64_t took_us;
  RandomId run;
};
static_assert(sizeof(RecordHeader) == 48);

enum class ValueType : std::uint8_t { kBoolean = 1, kInteger = 2, kNumber = 3, kText = 4 };

struct ValueHeader {
  std::uint32_t declaration;
  std::uint32_t type_and_length;
};
static_assert(sizeof(ValueHeader) == 8);
inline constexpr std::uint32_t kLengthBits = 24;

enum class RunState : std::uint32_t { kFree = 0, kWritten = 1, kRuns = 2, kEnded = 3 };

struct RunEntry {
  RunState state;
  std::uint32_t declaration;
  std::int64_t began_ms;
  RandomId id;
  std::int64_t took_us;
  RunOutcome outcome;
  std::uint32_t values;
  std::uint32_t bytes;
  std::array<std::uint32_t, 3> zeros;
  std::array<std::uint8_t, 448> value_bytes;
};
static_assert(sizeof(RunEntry) == 512);

constexpr std::uint64_t padded(std::uint64_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace candor::library
