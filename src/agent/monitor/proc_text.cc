#include "agent/monitor/proc_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/monitor/limits.h"
#include "base/numbers.h"

namespace candor {
namespace {

std::vector<std::string_view> parts_of(std::string_view text, std::string_view ends) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto from = text.find_first_not_of(ends);
    if (from == std::string_view::npos) return parts;
    text.remove_prefix(from);
    const auto size = std::min(text.find_first_of(ends), text.size());
    parts.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

}  // namespace

Result<std::string> read_kernel_file(const Path& root, std::string_view file) {
  auto text = read_file(root / file, kMaxKernelFileBytes);
  if (text.ok()) return text;
  return Error{ErrorKind::kUnavailable,
               fmt::format("/{} cannot be read: {}", file, text.error().message)};
}

Error odd_kernel_file(std::string_view file) {
  return Error{ErrorKind::kBadData, fmt::format("/{} has another form than expected.", file)};
}

std::vector<std::string_view> lines_of(std::string_view text) { return parts_of(text, "\n"); }

std::vector<std::string_view> words_of(std::string_view line) { return parts_of(line, " \t"); }

double number_in(std::string_view word) { return parse_number(word).value_or(0); }

}  // namespace candor
