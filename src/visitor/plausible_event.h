// The event that a tracker of Plausible sent, read from its body (docs/formats/plausible.md). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace candor {

struct PlausibleEvent {
  std::string name;
  std::vector<std::string> sites;  // one to kMaxPlausibleSites + 1
  std::string page;
  Json document;  // all but site and entry
};

// What is wrong, as Plausible says it, by field.
using FieldErrors = std::map<std::string, std::vector<std::string>>;

std::variant<PlausibleEvent, FieldErrors> read_plausible_event(std::string_view body);

}  // namespace candor
