#include "agent/collect/failed_program.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/collect/dcos_limits.h"

namespace candor {

Error failed_program(std::string_view program, const ProcessOutput& output) {
  auto said = output.err.substr(0, output.err.find('\n'));
  if (said.size() > kMaxNotedErrorBytes) said = said.substr(0, kMaxNotedErrorBytes) + "...";
  std::ranges::replace_if(
      said, [](unsigned char c) { return c < ' ' || c >= 0x7f; }, '?');
  auto message = fmt::format("{} ended with {}", program, output.exit_status);
  if (!said.empty()) message += ": " + said;
  return Error{ErrorKind::kUnavailable, std::move(message)};
}

}  // namespace candor
