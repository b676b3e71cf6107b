// The limits of transfer/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

// Of one line of an export or of its receipts. A report of 8 MiB is at most twice as long in a JSON
// string: what would need six bytes is escaped in the report already.
inline constexpr std::size_t kMaxTransferLineBytes = 17u << 20;

// While importing: how often one report is tried again when the collector cannot take it now.
inline constexpr int kImportTries = 5;
inline constexpr std::chrono::milliseconds kImportRetryBase{500};        // doubled each time
inline constexpr std::chrono::milliseconds kImportRetryLongest{30'000};  // also of Retry-After
inline constexpr std::chrono::milliseconds kImportSilence{8'500};   // without any answer, all tries
inline constexpr std::chrono::milliseconds kImportProgress{2'000};  // between two words about it

// Damaged lines that are named one by one.
inline constexpr std::size_t kMaxDamagedNamed = 20;

}  // namespace candor
