#include "cli/left_out.h"

#include <fmt/format.h>

#include <map>

#include "agent/begin.h"
#include "agent/collect/collectors.h"
#include "agent/devices.h"
#include "base/counted.h"

namespace candor {

void tell_left_out(const std::vector<LeftOut>& left_out, Detail detail, Output& out) {
  if (left_out.empty()) {
    if (detail == Detail::kEach) out.say("Nothing was left out.");
    return;
  }
  if (detail == Detail::kCount) {
    out.detail(fmt::format("{} left out; add --explain to see which, and why.",
                           counted(left_out.size(), "value was", "values were")));
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

void tell_next_step(const Agent& agent, const Decision& decision, Output& out) {
  const auto step = how_to_begin(agent.state(), decision);
  if (!step.empty()) out.say(step);
}

void tell_identity(const Agent& agent, IdentityUse use, Output& out) {
  if (use == IdentityUse::kOwn) return;
  out.say(fmt::format(
      "This installation has no identity yet: the one shown is an example, made anew each time.{}",
      may_have_identity(agent.contract()) ? " `candor on` takes the cluster's own, if it has one."
                                          : ""));
}

}  // namespace candor
