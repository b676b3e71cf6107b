// The limits of simulate/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstdint>

namespace candor {

inline constexpr std::uint32_t kMaxSimulatedInstallations = 1'000'000;  // exit 2
inline constexpr std::int64_t kMaxSimulatedDays = 3'660;                // exit 2
inline constexpr std::uint64_t kMaxSimulatedEvents = 1'000'000'000;     // exit 2
inline constexpr std::uint64_t kMaxSimulatedSeries = 10'000'000;        // exit 2
inline constexpr int kMaxSimulateConnections = 256;                     // exit 2

// A collector refuses reports that are older; simulate says so before it sends any.
inline constexpr std::int64_t kOldestAdmittedDays = 35;

// One report that cannot be delivered for so long ends the run.
inline constexpr std::chrono::seconds kPatience{120};
inline constexpr std::chrono::milliseconds kFirstRetryWait{100};
inline constexpr std::chrono::seconds kLongestRetryWait{5};
inline constexpr std::chrono::seconds kLongestRetryAfter{
    60};  // a longer Retry-After counts as this
inline constexpr std::chrono::seconds kPostTimeout{30};

}  // namespace candor
