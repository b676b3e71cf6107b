// The limits of config/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::size_t kMaxConfigBytes = 1u << 20;
inline constexpr std::size_t kMaxSecretBytes = 4096;  // of a *_file
inline constexpr std::size_t kMaxScrapes = 32;        // services that are scraped
inline constexpr std::size_t kMaxServiceNameBytes = 64;
inline constexpr std::int64_t kMaxRequestsPerSecond = 1'000'000;  // of a rate limit
inline constexpr std::int64_t kMaxInsightsEverySeconds = 3'600;

// The operations center.
inline constexpr std::size_t kMaxInboxes = 50;
inline constexpr std::size_t kMaxScrapeTargets = 1'000;
inline constexpr std::size_t kMaxPushedInstallations = 5'000;
inline constexpr std::size_t kMaxAddressBytes = 254;  // of a mail address, as in RFC 5321
inline constexpr std::size_t kMaxUrlBytes = 2'048;    // of the operations center's
inline constexpr std::int64_t kMaxOpsIntervalSeconds = 86'400;
inline constexpr std::int64_t kMaxOpsRepeatSeconds = 2'592'000;
inline constexpr std::int64_t kMaxRetentionDays = 3'650;

// Between two pushes of metrics, in seconds.
inline constexpr std::int64_t kMinPushInterval = 15;
inline constexpr std::int64_t kMaxPushInterval = 240;  // series are forgotten after 300

// Of Sonar's journeys.
inline constexpr std::size_t kMaxSonarTargets = 1'000;
inline constexpr std::size_t kMaxSonarScans = 20;
inline constexpr std::size_t kMaxSonarSteps = 50;          // of one scan
inline constexpr std::size_t kMaxSonarNameBytes = 100;     // of a target, scan, step or variable
inline constexpr std::int64_t kMaxSonarInterval = 86'400;  // seconds
inline constexpr std::int64_t kMaxSonarTimeout = 600;      // seconds
inline constexpr std::size_t kMinSonarPrefixBytes = 3;     // of names that are swept away
inline constexpr std::int64_t kMaxSonarSweepAge = 31'536'000;  // seconds

}  // namespace candor
