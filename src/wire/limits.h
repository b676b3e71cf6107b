// The limits of wire/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::uint32_t kMaxHeaderBytes = 40'960;        // request line and header; 431
inline constexpr std::uint64_t kDefaultBodyLimit = 256 * 1024;  // 413
inline constexpr std::chrono::seconds kDrainTime{
    2};  // reading on after a refusal, so that it arrives
inline constexpr std::uint64_t kMaxDrainBytes = 64u << 20;
inline constexpr std::chrono::milliseconds kLastRequestTime{
    100};  // at the end, for what is on its way on idle connections

// Of the server's threads: what they read at once, and what stays allocated between requests.
inline constexpr std::size_t kReadBytes = 64u << 10;              // a thread's, not a connection's
inline constexpr std::uint64_t kMaxReservedBodyBytes = 1u << 20;  // on the word of a length
inline constexpr std::size_t kKeptBodyBytes = 16u << 10;          // for the next request
inline constexpr std::size_t kExpectedHeaders = 8;                // room made for them at once
inline constexpr std::size_t kSpareReaders = 64;                  // requests' memory kept, a thread
inline constexpr std::size_t kJoinedBodyBytes = 4u << 10;         // copied behind the header
inline constexpr int kEventsAtOnce = 256;                         // of one turn of a reactor
inline constexpr int kTurnSteps = 32;  // of one connection, before others have their turn
inline constexpr int kAcceptsAtOnce = 64;
inline constexpr std::chrono::milliseconds kAcceptPause{100};  // when descriptors or memory are out
inline constexpr std::chrono::milliseconds kLongestTick{250};  // between looks at time-outs
inline constexpr std::chrono::milliseconds kShortestTick{5};

// Of passwords: what is remembered of right ones, and of networks that send wrong ones.
inline constexpr std::size_t kMaxKnownPasswords = 1'000;
inline constexpr unsigned kFreeFailures = 10;  // wrong passwords before a network has to wait
inline constexpr std::chrono::seconds kFirstPasswordWait{1};  // doubled with each further one
inline constexpr std::chrono::seconds kLongestPasswordWait{60};
inline constexpr std::chrono::seconds kForgetFailuresAfter{900};
inline constexpr std::size_t kMaxFailingNetworks = 10'000;

// Of web.yml.
inline constexpr std::size_t kMaxWebConfigBytes = 1u << 20;
inline constexpr std::size_t kMaxPemBytes = 1u << 20;  // of a file it names
inline constexpr std::chrono::milliseconds kLookAtWebConfig{
    100};  // between looks whether it changed

// Of answers to Sonar.
inline constexpr std::size_t kMaxProbeBufferBytes = 128u << 10;  // read and not yet understood
inline constexpr int kMaxInterimAnswers = 10;                    // before the real one

// Of health: bytes that are free of a disk, at least; Spring's default.
inline constexpr std::uint64_t kDiskThreshold = 10u << 20;

// Of the client: how often a transfer asks whether to go on, in time and in bytes sent.
inline constexpr std::chrono::milliseconds kAskInterval{100};
inline constexpr std::size_t kMaxPieceBytes = 64u << 10;
inline constexpr std::size_t kTlsPieceBytes = 16u << 10;  // read at once

}  // namespace candor
