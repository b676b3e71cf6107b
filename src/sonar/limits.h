// The limits of sonar/, by name. docs/limits.md lists them with what happens when one is reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace candor {

inline constexpr std::size_t kMaxScansAtOnce = 4;
inline constexpr int kMaxScanRedirects = 5;                     // of one request
inline constexpr std::uint64_t kMaxScanBodyBytes = 512u << 10;  // of an answer; packed and unpacked
inline constexpr std::size_t kMaxScanJsonBytes = 64u << 10;     // of an answer that is read as JSON
inline constexpr std::chrono::seconds kCleanUpTime{5};  // of all steps with `always`, beyond a scan
inline constexpr std::chrono::milliseconds kCleanUpAtEnd{500};  // the same while the agent ends
inline constexpr std::chrono::seconds kTokenReserve{30};  // a token is not used so near its end
inline constexpr std::chrono::seconds kTokenLife{60};     // of one that does not say

inline constexpr std::size_t kMaxCookies = 100;                  // of a scan
inline constexpr std::size_t kMaxCookieBytes = 4u << 10;         // name and value
inline constexpr std::size_t kMaxCookieHeaderBytes = 16u << 10;  // of a request; others stay home
inline constexpr std::size_t kMaxForms = 20;                     // of a page
inline constexpr std::size_t kMaxFormInputs = 200;
inline constexpr std::size_t kMaxFormBytes = 128u << 10;  // names, types and values of its inputs
// What is behind is not read: libxml2 takes long for it.
inline constexpr int kMaxHtmlDepth = 1'000;  // elements that are open
inline constexpr std::size_t kMaxTagBytes = 64u << 10;
inline constexpr int kMaxLoginPages = 5;  // that a login asks for, one behind the other
inline constexpr std::size_t kMaxRegexBytes = 64u << 10;  // of an answer that is searched
inline constexpr std::size_t kMaxSavedBytes = 16u << 10;  // a saved value
inline constexpr std::size_t kMaxShownBytes = 200;        // what was expected, and what came
inline constexpr std::size_t kMinSecretBytes = 4;         // shorter ones are not found in texts

inline constexpr std::size_t kMaxSweptItems = 20;  // leftovers that one run removes
inline constexpr std::size_t kMaxSweepIdBytes = 200;

inline constexpr std::size_t kMaxSonarFileBytes = 1u << 20;  // of a target's results
inline constexpr std::int64_t kRecordDays = 90;

}  // namespace candor
