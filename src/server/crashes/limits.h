// The limits of what the vendor adds to crashes, by name. docs/limits.md lists them with what
// happens when one is reached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::size_t kMaxSymbolTables = 1'000;               // in the data folder
inline constexpr std::size_t kMaxSymbolCacheBytes = 256u << 20;      // of tables in memory
inline constexpr std::size_t kMaxTopFunctions = 3;                   // that say why
inline constexpr std::size_t kMaxAlikeGroups = 20;                   // that are named
inline constexpr std::size_t kMaxFixedCrashes = 10'000;              // marked as fixed
inline constexpr std::size_t kMaxFixedVersionBytes = 64;             // of a version
inline constexpr std::uint64_t kMaxFixedCrashesFileBytes = 4 << 20;  // of the file that says so

}  // namespace candor
