// A file of events as requests to a Plausible server. Pure.
//
// Such a server tells visitors apart by address and User-Agent, which are gone. So each visitor
// gets an address of its own, made of its identity, which is nobody's
// (docs/decisions/027-relay.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace candor {

// The same for all: a browser's, as a Plausible server drops programs.
inline constexpr std::string_view kPlausibleUserAgent =
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

struct PlausiblePost {
  std::string body;
  std::string address;  // for X-Forwarded-For
};

// One for each event, in order. `domain` is the site of those that name none. kBadData when it is
// no file of events.
Result<std::vector<PlausiblePost>> plausible_posts(std::string_view file, std::string_view domain);

// An address in fd00::/8, which no network routes: the same for the same visitor.
std::string stand_in_address(std::string_view visitor);

}  // namespace candor
