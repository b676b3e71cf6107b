// Manual pages, from the commands' values and the table of keys.
#pragma once

#include <string>
#include <vector>

namespace candor {

struct ManPage {
  std::string name;     // "candor", "candor-config", "candor.toml"
  std::string section;  // "1", "5"
  std::string text;     // roff, for man(7)'s macros

  std::string file() const { return name + "." + section; }
};

// The program, each command, and the configuration file.
std::vector<ManPage> man_pages();

}  // namespace candor
