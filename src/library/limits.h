// The limits of library/ and sdk/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor::library {

inline constexpr std::size_t kMaxTextBytes = 1u << 20;  // of the declarations
inline constexpr std::size_t kMaxDeclarations = 8'000;
inline constexpr std::uint32_t kMaxSlots = 8'000;
inline constexpr std::size_t kMaxBounds = 64;  // of a histogram
inline constexpr std::size_t kMaxEventValues = 64;
inline constexpr std::size_t kMaxTextValueBytes = 4'096;        // of one text of an event
inline constexpr std::size_t kMaxRecordBytes = 16'384;          // of one event
inline constexpr std::uint32_t kMostBlocks = 64;                // of a process
inline constexpr std::uint32_t kBlockEventBytes = 65'536;       // of the events of a block
inline constexpr std::uint32_t kMaxRuns = 32;                   // that a process has under way
inline constexpr std::size_t kMaxProducts = 4;                  // in one process
inline constexpr std::size_t kMaxAskedEntries = 256;            // of activities and versions
inline constexpr std::size_t kMaxVersionBytes = 64;             // of a product that asks
inline constexpr std::chrono::hours kAskPause{24};              // between two questions
inline constexpr std::size_t kMaxAnswerBytes = 64;              // of a line that answers a question
inline constexpr std::size_t kMaxDigestedFileBytes = 1u << 20;  // a larger one has no digest
inline constexpr std::size_t kMaxRings = 1'000;                 // in a folder
inline constexpr std::size_t kMaxRingBytes = 64u << 20;         // a larger one is not read
// The file of advice.
inline constexpr std::size_t kMaxAdviceLines = 5'000;
inline constexpr std::size_t kMaxAdviceNameBytes = 256;  // of an event, a plugin, a version
inline constexpr std::size_t kMaxAdviceSentenceBytes = 400;
inline constexpr std::size_t kMaxAdviceLineBytes = 1'536;
inline constexpr std::chrono::hours kMaxAdviceAge{720};

}  // namespace candor::library
