// From what a page said to events that can be sent on: told by whom, as the contract declares them,
// and with nothing else of the request. The collector and an agent's relay make them alike.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "contract/contract.h"
#include "visitor/plausible_event.h"
#include "visitor/visitors.h"
#include "wire/http_server.h"

namespace candor {

struct WebEvent {
  std::string name;
  std::string visitor;  // empty when nobody tells visitors apart
  Json document;
};

struct WebEvents {
  std::vector<WebEvent> events;                  // one for each site that is taken
  std::map<std::string, std::uint64_t> dropped;  // by reason: "bot", "too_many", …

  std::uint64_t dropped_count() const;
};

// Why an event of that site is not taken; empty when it is.
using RefuseSite = std::function<std::string(const std::string& site)>;

// `visitors` may be nullptr. Nothing of address and User-Agent is in what comes out.
WebEvents web_events_of(const PlausibleEvent& event, const HttpRequest& request,
                        const Contract& contract, Visitors* visitors, Instant now,
                        const RefuseSite& refuse = nullptr);

}  // namespace candor
