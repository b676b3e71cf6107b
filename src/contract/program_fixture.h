// A contract of programs, for tests.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "contract/contract.h"

namespace candor {

// With these fields of reports, and these events.
inline Result<Contract> program_contract(std::string_view fields, std::string_view events = "") {
  return parse_contract(fmt::format(R"toml(candor = 1
[product]
name = "acme"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "usage"
about = "Usage."
owner = "team"
fields = [{}]
{})toml",
                                    fields, events),
                        "acme.toml");
}

}  // namespace candor
