// The limits of server/present/, by name. docs/limits.md lists them with what happens when one is
// reached.
#pragma once

#include <chrono>
#include <cstddef>

namespace candor {

inline constexpr std::size_t kMaxBadgeCharacters = 60;  // of a badge's name and version
// Of signing in with a browser.
inline constexpr std::chrono::seconds kSessionTime{43'200};      // renewed when half is over
inline constexpr std::chrono::seconds kLongestSession{604'800};  // however often it is renewed
inline constexpr std::chrono::seconds kSessionClockSlack{300};   // that a clock may go back
inline constexpr std::chrono::seconds kSignInFormTime{3'600};    // that a form stays open
inline constexpr std::size_t kMaxSessionBytes = 1'024;           // of its cookie's value
inline constexpr std::size_t kMaxCookiesBytes = 8u << 10;  // of all cookies; more count as none
inline constexpr std::size_t kMaxBackBytes = 1'024;        // of the address that is led back to

}  // namespace candor
