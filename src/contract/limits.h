// The limits of contract/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <cstddef>

namespace candor {

inline constexpr std::size_t kMaxContractBytes = 1u << 20;
inline constexpr std::size_t kMaxFields = 5'000;
inline constexpr std::size_t kMaxPathSteps = 64;       // keys and lists of one field's path
inline constexpr std::size_t kMaxExtractBytes = 256;   // of an insight's regular expression
inline constexpr std::size_t kDefaultMaxLength = 256;  // bytes of a string field that states none
inline constexpr std::size_t kMaxKeyLength = 256;      // bytes of a key of an open map
inline constexpr std::size_t kMaxMapEntries = 10'000;  // keys of one open map
inline constexpr std::size_t kMaxListEntries = 100'000;

}  // namespace candor
