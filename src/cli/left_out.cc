#include "cli/left_out.h"

#include <fmt/format.h>

#include <map>

#include "agent/devices.h"

namespace candor {

void tell_left_out(const std::vector<LeftOut>& left_out, Detail detail, Output& out) {
  if (left_out.empty()) {
    if (detail == Detail::kEach) out.say("Nothing was left out.");
    return;
  }
  if (detail == Detail::kCount) {
    out.detail(fmt::format("{} values were left out; `candor show --explain` lists them.",
                           left_out.size()));
    return;
  }
  // The same path of many list elements is one line.
  std::map<std::pair<std::string, std::string>, std::size_t> counted;
  for (const auto& one : left_out) ++counted[{one.path, describe(one)}];
  out.say("Left out of the report:");
  for (const auto& [what, count] : counted) {
    out.say(fmt::format("  {}: {}{}", what.first, what.second,
                        count > 1 ? fmt::format(" ({} times)", count) : ""));
  }
}

void tell_of_devices(const Agent& agent, Output& out) {
  if (!DeviceReports(agent).exist() || !DeviceReports(agent).are_on()) return;
  out.say("Device report is generated separately. To see it run 'candor show-device'.");
}

}  // namespace candor
