#include "cli/agreeing.h"

namespace candor {

std::string agreeing(const Agent& agent) {
  std::string command = "candor on";
  if (agent.contract().licence) command += " --license " + agent.contract().licence->id;
  if (!agent.check_confirmation("").ok()) command += " --confirmed-by WHO";
  return command;
}

}  // namespace candor
