// Help as text, from the commands' values.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace candor {

// Of the program: every command with its summary.
std::string program_help();
// Of one command; `names` as they are typed ("config", "get").
std::string command_help(const Command& command, const std::vector<std::string>& names);

// "candor config get KEY…": how the command is typed, on one line or, with commands of its own,
// two.
std::string usage_line(const Command& command, const std::vector<std::string>& names);

}  // namespace candor
