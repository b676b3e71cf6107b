// The kernel's text files: read whole, lines of words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace candor {

// `file` below the root, as "proc/stat". kUnavailable, naming it, where it cannot be read.
Result<std::string> read_kernel_file(const Path& root, std::string_view file);

// kBadData: it holds something else than kernels write.
Error odd_kernel_file(std::string_view file);

std::vector<std::string_view> lines_of(std::string_view text);  // without their ends
std::vector<std::string_view> words_of(std::string_view line);  // between spaces and tabs

// The number that a word is, or 0: a kernel's figure that cannot be read is no reason to lose the
// others.
double number_in(std::string_view word);

}  // namespace candor
