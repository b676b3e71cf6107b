// Command lines by the values of cli/command.h; CLI11 stays behind this seam.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace candor {

// The options that every command takes.
const std::vector<Option>& global_options();

// Which command is meant: its name and, of a command with children, its child's.
struct Route {
  std::vector<std::string> names;    // "config", "get"
  const Command* command = nullptr;  // nullptr: none was named
  std::vector<std::string> rest;     // the arguments without those names
};

// kUsage with the nearest command's name when there is no such command.
Result<Route> route(const std::vector<std::string>& arguments);

struct ParsedLine {
  Globals globals;
  Arguments arguments;
};

// Reads options and operands; kUsage with the nearest option's name. With --help, missing operands
// are no error. `command` may be nullptr: then only global options are taken.
Result<ParsedLine> parse_line(const Command* command, const std::vector<std::string>& names,
                              const std::vector<std::string>& rest);

}  // namespace candor
