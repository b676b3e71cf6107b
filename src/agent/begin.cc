#include "agent/begin.h"

#include "agent/forgetting.h"

namespace candor {

std::string how_to_begin(const StateFolder& state, const Decision& decision) {
  if (decision.is_forbidden()) return "";
  if (begun_forgetting(state))
    return "This installation is being forgotten. Finish that first: candor forget";
  if (decision.reason.find("`candor on`") != std::string::npos) return "";
  return "To switch it on: candor on";
}

}  // namespace candor
