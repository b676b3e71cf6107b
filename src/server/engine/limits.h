// The limits of server/engine, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

// The process `candor engine`.
inline constexpr int kEngineSessions = 4;                  // statements at a time; more wait
inline constexpr std::size_t kMaxWaitingStatements = 256;  // 503, code 202
inline constexpr std::uint64_t kMaxStatementBytes =
    128u << 20;  // statement and rows of one request; 413
inline constexpr std::chrono::seconds kMaxStatementTime{600};  // from the request to its answer
inline constexpr std::chrono::seconds kEngineLockWait{
    10};  // for an engine that is still going down
inline constexpr std::chrono::seconds kEngineStopGrace{1};  // for statements under way at the end
inline constexpr std::size_t kInsertChunkBytes = 1u << 20;  // handed to the library at once
inline constexpr std::size_t kMaxSocketPathBytes = 107;     // sockaddr_un

// What ClickHouse itself keeps to (server/engine/engine_config.h).
inline constexpr std::uint64_t kEngineMemoryBytes = 448u
                                                    << 20;  // tracked and resident; code 241 beyond
inline constexpr std::uint64_t kStatementMemoryBytes = 256u
                                                       << 20;  // one statement; code 241 beyond
inline constexpr int kDeduplicationWindow =
    10'000;  // newest blocks of a table whose tokens are known
inline constexpr std::uint64_t kMaxTokenLogBytes = 64u << 20;  // of a table; kBadData beyond

// The client.
inline constexpr std::chrono::seconds kEngineAnswerTime{60};  // kUnavailable beyond
inline constexpr std::uint64_t kMaxAnswerBytes = 64u << 20;   // kBadData beyond
inline constexpr std::size_t kMaxErrorTextBytes = 600;  // of ClickHouse's message that are kept

}  // namespace candor
