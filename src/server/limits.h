// The limits of the collector's conductor, by name. docs/limits.md lists them with what happens
// when one is reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

// One for each core, within these.
inline constexpr int kMinReceivingThreads = 2;
inline constexpr int kMaxReceivingThreads = 8;
inline constexpr int kQuestionThreads = 2;
inline constexpr int kSignInThreads = 1;  // for passwords of forms, which never wait for the store
inline constexpr int kOperationsThreads = 2;  // for pages of operations, which ask Prometheus
// Of memory that is free again: what malloc keeps for the next request, and what it takes from the
// system each time.
inline constexpr int kKeptMemoryBytes = 16 << 20;
inline constexpr int kLargeAllocationBytes = 1 << 20;
inline constexpr std::size_t kMaxWaitingQuestions = 64;  // 503
inline constexpr std::uint64_t kMaxOtherBodyBytes =
    64 * 1024;                                            // of requests that are no documents; 413
inline constexpr std::size_t kMaxArrivalsInAnswer = 500;  // of one question of `candor tail`
inline constexpr std::chrono::seconds kStopGrace{
    2};  // for requests and questions under way at the end
inline constexpr std::chrono::seconds kWatchInterval{
    2};  // between looks at store, journal and disk
inline constexpr std::chrono::seconds kStoreTroubleTime{
    5};  // that the loader failed all the time; health then says why
inline constexpr std::chrono::seconds kDamageLook{10};       // between questions for damaged files
inline constexpr std::chrono::seconds kEngineStartTime{60};  // of a command that needs the engine
inline constexpr std::size_t kReplayRows = 5'000;            // values of one call of a replay
inline constexpr std::size_t kReplayRecords = 200;           // of those that are looked up at once
inline constexpr std::size_t kMaxValuesShown = 200;          // of one field in quarantine
inline constexpr std::size_t kMaxLookupBytes = 1'024;        // of what support looks for; 400
// Insights: computed anew with nothing new in the store, since runs are lost in time; and kept by
// who asked.
inline constexpr std::chrono::seconds kInsightsRenewed{600};
inline constexpr std::chrono::seconds kInsightsMaxAge{300};
inline constexpr std::chrono::seconds kInsightsStoreRetry{1};  // after the store failed
// Rate limits, where they are configured.
inline constexpr std::chrono::seconds kBurstTime{10};       // of a rate that may come at once
inline constexpr std::size_t kMaxLimitedNetworks = 65'536;  // half of them older; the oldest go
// POST /v1/forget.
inline constexpr std::size_t kMaxWaitingDeletions = 64;          // requests; 503
inline constexpr std::chrono::milliseconds kGuessPause{100};     // after a round of secrets
inline constexpr std::chrono::milliseconds kCatchUpTime{3'000};  // for the newest reports to load
inline constexpr std::chrono::milliseconds kForgetPoll{100};     // for loader and deletions
inline constexpr std::chrono::milliseconds kForgetRetry{1'000};  // after the store failed
inline constexpr std::chrono::seconds kAskAgainAfter{2};         // Retry-After
inline constexpr std::chrono::seconds kEraseStatementTime{600};  // of one statement
inline constexpr std::uint64_t kBackupChunkBytes =
    8u << 20;  // of a table in one file of a backup, about
inline constexpr std::uint64_t kBackupMaxChunkBytes = 512u << 20;

}  // namespace candor
