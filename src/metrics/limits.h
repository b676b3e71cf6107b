// Limits of what other programs expose (docs/limits.md).
#pragma once

#include <cstddef>

namespace candor {

inline constexpr std::size_t kMaxExposedSamples = 50'000;
inline constexpr std::size_t kMaxExposedLabels = 64;  // of one sample
inline constexpr std::size_t kMaxExposedLabelsInAll = 400'000;
inline constexpr std::size_t kMaxExposedFamilies = 10'000;
inline constexpr std::size_t kMaxExposedHelpBytes = 4'096;   // of one family; what is behind is cut
inline constexpr std::size_t kMaxExposedNameBytes = 256;     // of a metric or a label
inline constexpr std::size_t kMaxExposedValueBytes = 4'096;  // of a label

}  // namespace candor
