// What the tests of Snowplow's protocol have in common: a contract, and requests that send events.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/json.h"
#include "server/protocol/protocol_fixture.h"
#include "server/protocol/snowplow.h"

namespace candor {

inline constexpr std::string_view kTp2 = "/com.snowplowanalytics.snowplow/tp2";
inline constexpr std::string_view kIglu = "/com.snowplowanalytics.iglu/v1";

// As node's tracker encodes it.
inline std::string url_base64(std::string_view text, bool padded = false) {
  auto packed = to_base64(text);
  std::ranges::replace(packed, '+', '-');
  std::ranges::replace(packed, '/', '_');
  while (!padded && packed.ends_with('=')) packed.pop_back();
  return packed;
}

inline std::string schema(std::string_view name, std::string_view vendor = "com.meltano",
                          std::string_view version = "1-0-0") {
  return fmt::format("iglu:{}/{}/jsonschema/{}", vendor, name, version);
}
inline Json described(const std::string& schema, Json data) {
  return {{"schema", schema}, {"data", std::move(data)}};
}
inline Json envelope(std::string_view name, Json data, std::string_view version = "1-0-0") {
  return described(schema(name, "com.snowplowanalytics.snowplow", version), std::move(data));
}
inline Json cli_event(std::string_view version = "1-0-1", std::string_view vendor = "com.meltano") {
  return envelope("unstruct_event",
                  described(schema("cli_event", vendor, version), {{"event", "started"}}));
}

class SnowplowTest : public testing::Test {
 protected:
  SnowplowTest() {
    auto parsed = parse_contract(R"(
candor = 1
[product]
name = "meltano"
contact = "c@example.com"
accepts = ["snowplow"]
[[channel]]
name = "events"
about = "Events."
owner = "o"
[[channel.event]]
name = "cli_event"
about = "A command."
fields = [
  { path = "schema", type = "string", values = ["com.meltano/cli_event/1"], about = "S." },
  { path = "schemas.*", type = "string", values = ["com.meltano/project_context/1"], about = "S." },
  { path = "data.event", type = "string", about = "E." },
]
)",
                                 "meltano.toml");
    EXPECT_TRUE(parsed.ok()) << parsed.error().message;
    auto opened = Catalogue::open(
        {{std::make_shared<const Contract>(*std::move(parsed)), {}, false}}, archive_.path());
    catalogue_ = *std::move(opened);
  }

  static const EventRoute& route(std::string_view path) {
    return *std::ranges::find(snowplow_routes(), path, &EventRoute::path);
  }

  EventsOrRefusal read(HttpRequest request, std::string_view path, std::string_view prefix = "") {
    return route(path).read({request, prefix, received_}, path, catalogue_);
  }
  EventBatch post(std::string body, std::string_view path = kTp2, std::string query = "") {
    HttpRequest request;
    request.method = "POST";
    request.body = std::move(body);
    request.query = std::move(query);
    return batch(read(std::move(request), path));
  }
  EventBatch get(std::string query) {
    HttpRequest request;
    request.method = "GET";
    request.query = std::move(query);
    return batch(read(std::move(request), "/i"));
  }
  // The only event of a body of one.
  EventSubmission event(Json fields) {
    auto posted = post(to_line(envelope("payload_data", Json::array({std::move(fields)}))));
    EXPECT_EQ(posted.events.size(), 1u);
    EXPECT_EQ(posted.product->name(), "meltano");
    return posted.events.empty() ? EventSubmission() : posted.events.front();
  }

  static EventBatch batch(EventsOrRefusal read) {
    if (const auto* refusal = std::get_if<Refusal>(&read)) {
      ADD_FAILURE() << refusal->reason << ": " << refusal->message;
      return {};
    }
    return std::get<EventBatch>(std::move(read));
  }
  static std::map<std::string, std::uint64_t> once(const std::string& reason) {
    return {{reason, 1}};
  }

  const Instant received_ = *parse_rfc3339("2026-11-21T07:00:00Z");
  TemporaryFolder archive_;
  Catalogue catalogue_;
};

}  // namespace candor
