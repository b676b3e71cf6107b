// The limits of the collectors of DC/OS and of systemd's units.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

// Connecting to one of the sources; the whole answer has `collect.dcos.timeout`.
inline constexpr std::chrono::milliseconds kDcosConnectTime{5'000};
// A source that answers more is left out.
inline constexpr std::uint64_t kMaxDcosAnswerBytes = 32u << 20;
// The files of DC/OS that configure its signal service.
inline constexpr std::uint64_t kMaxDcosFileBytes = 64u << 10;
// Addresses of one source.
inline constexpr std::size_t kMaxDcosUrls = 8;

inline constexpr std::chrono::milliseconds kUnitsTime{10'000};
inline constexpr std::size_t kMaxUnitsOutputBytes = 8u << 20;

// Of what a failed program says, as much stands in the note.
inline constexpr std::size_t kMaxNotedErrorBytes = 200;

}  // namespace candor
