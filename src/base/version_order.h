// Which of two versions is the newer one.
#pragma once

#include <compare>
#include <string_view>

namespace candor {

// Numbers count as numbers: 1.9 < 1.10. What stands between them does not, but for words: one
// behind a version makes it an earlier one (1.2.0-rc1, 1.2.0b2 < 1.2.0), unless it is "post", and
// words go by the alphabet. A "v" before it all is nothing. Any text has its place; equal are only
// those that say the same: "1.2" and "v1.2". Pure.
std::weak_ordering compare_versions(std::string_view a, std::string_view b);

}  // namespace candor
