// What comes with the program for Prometheus and Alertmanager.
#pragma once

#include <span>
#include <string_view>

namespace candor {

struct PackFile {
  std::string_view name;  // without its folder: "20-node.yml"
  std::string_view text;
};

// Files of rules, src/server/ops/rules/, in the order of their names. The views of both live as
// long as the program; any thread may ask.
std::span<const PackFile> rule_pack();

// The templates of mails, src/server/ops/templates/.
std::span<const PackFile> mail_templates();

}  // namespace candor
