// The limits of symbol tables, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint64_t kMaxSymbolSourceBytes = 4ull << 30;  // of a file to be added
inline constexpr std::size_t kMaxSymbolFunctions = 4'000'000;       // of one table
inline constexpr std::size_t kMaxSymbolFiles = 500'000;
inline constexpr std::size_t kMaxSymbolLines = 12'000'000;
inline constexpr std::size_t kMaxSymbolNameBytes = 512;             // of a function or source file
inline constexpr std::size_t kMaxSymbolTableBytes = 256u << 20;     // of one table
inline constexpr std::uint64_t kMaxSymbolMemoryBytes = 8ull << 30;  // of the program that reads ELF
inline constexpr std::chrono::milliseconds kMaxSymbolTime{120'000};  // that it runs

}  // namespace candor
