#include "agent/begin.h"

#include <fmt/format.h>

#include "agent/forgetting.h"

namespace candor {

std::string how_to_begin(const StateFolder& state, const Decision& decision) {
  if (decision.is_forbidden()) return "";
  if (begun_forgetting(state)) return std::string(kFinishForgetting);
  if (decision.reason.find("`candor on`") != std::string::npos) return "";
  return "To switch it on: candor on";
}

std::string why_not_on(const StateFolder& state, const Decision& decision) {
  const auto step = how_to_begin(state, decision);
  return fmt::format("telemetry is {}. {}{}{}", name_of(decision.mode), decision.reason,
                     step.empty() ? "" : " ", step);
}

}  // namespace candor
