// What the relay's tests share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "agent/relay/event_desk.h"
#include "agent/seal/seal_events.h"
#include "base/files.h"

namespace candor {

inline constexpr std::string_view kWebContract = R"(
candor = 1
[product]
name = "web"
contact = "c@example.com"
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
[[channel.event]]
name = "pageview"
about = "A page."
fields = [
  { path = "page", type = "string", max_length = 20, about = "Page." },
  { path = "user", type = "string", class = "keyed", about = "Who." },
]
[[channel]]
name = "ratings"
about = "Ratings."
owner = "o"
[[channel.event]]
name = "rating"
about = "A rating."
fields = [{ path = "props.stars", type = "integer", min = 1, max = 5, about = "Stars." }]
)";

class RelayTest : public testing::Test {
 protected:
  static ContractPtr contract(std::string_view text = kWebContract) {
    auto parsed = parse_contract(text, "web.toml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    return std::make_shared<const Contract>(*std::move(parsed));
  }
  EventTerms terms(ChannelSet channels = {"usage", "ratings"}) const {
    return {contract_, ConsentedFields::all_of(*contract_), std::move(channels), "key"};
  }
  EventLeavePtr leave(ChannelSet channels = {"usage", "ratings"}) {
    return std::make_shared<const EventLeave>(
        EventLeave{std::make_shared<EventSieve>(terms(std::move(channels)), now_),
                   [this] { return stands_; }});
  }
  // A file of so many page views.
  SealedEvents file(int events) {
    EventSieve sieve(terms(), now_);
    std::vector<LeavingEvent> leaving;
    for (int i = 0; i < events; ++i) {
      leaving.push_back(*sieve
                             .pass("pageview", "visitor" + std::to_string(i),
                                   {{"page", "/p/" + std::to_string(i)}}, now_)
                             .event);
    }
    return seal_events(leaving, *contract_, "candor 1", now_);
  }

  const ContractPtr contract_ = contract();
  const Instant now_ = *parse_rfc3339("2026-11-21T07:00:00.250Z");
  ManualClock clock_{now_};
  bool stands_ = true;
  TemporaryFolder folder_;
  StateFolder relay_{folder_.path() / "relay"};
};

}  // namespace candor
