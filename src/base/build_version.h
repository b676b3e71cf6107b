#pragma once

#include <string_view>

namespace candor {

// What this program was built from. All three live as long as the program, are never empty and may
// be asked for on any thread.

// The version in the file VERSION, such as "0.1.0".
std::string_view build_package();

// The abbreviated git commit, or "unknown" when built outside a git checkout.
std::string_view build_git();

// The git branch, or "unknown" when built outside a git checkout or from a detached commit.
std::string_view build_branch();

}  // namespace candor
