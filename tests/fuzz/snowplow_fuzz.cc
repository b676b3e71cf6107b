// Arbitrary bytes as what a Snowplow tracker sends: as the body, as the query, and as the JSON
// inside an event. Whatever they are, each event can be held against its contract, and what is kept
// is JSON that is admitted again unchanged.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/json.h"
#include "contract/catalogue.h"
#include "contract/limits.h"
#include "one_product.h"
#include "server/admit/admit.h"
#include "server/protocol/elements.h"
#include "server/protocol/limits.h"
#include "server/protocol/snowplow.h"
#include "server/protocol/snowplow_event.h"

namespace {

using namespace candor;

constexpr std::string_view kContract = R"toml(
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
installation = "contexts.project_context.project_uuid"
fields = [
  { path = "schema", type = "string", values = ["com.meltano/cli_event/1"], about = "Schema." },
  { path = "schemas.*", type = "string", values = ["com.meltano/project_context/1"], about = "S." },
  { path = "data.event", type = "string", values = ["started", "failed"], about = "How far." },
  { path = "contexts.project_context.project_uuid", type = "string", about = "Project." },
  { path = "contexts.project_context.name", type = "string", class = "hashed", about = "Name." },
  { path = "tracker.*", type = "string", about = "Tracker." },
]
[[channel.event]]
name = "struct_event"
about = "Something."
fields = [
  { path = "data.value", type = "number", about = "How much." },
  { path = "data.category", type = "string", about = "What." },
]
)toml";

constexpr std::int64_t kToday = 20'778;
constexpr Instant kNow = from_unix_millis(kToday * 86'400'000);

const Catalogue& catalogue() {
  static const auto opened = catalogue_of(kContract);
  return opened;
}

const Contract& contract() { return *catalogue().products().front().current; }

void check_event(const EventSubmission& event) {
  static const HashHere hash("key");
  require(!event.name.empty() && event.name.size() <= kMaxEventNameBytes);
  require(!event.document.empty() || !event.unreadable.empty());
  if (event.at)
    require(*event.at >= kNow - Millis(kMaxClientMillis) &&
            *event.at <= kNow + Millis(kMaxClientMillis));
  if (event.document.empty()) return;
  const auto once = admit_event(event.document, contract(), event.name, kToday, hash);
  if (!once.ok()) return require(once.error().kind == ErrorKind::kBadData);
  require(parse_json(once->body).ok());
  if (contract().event(event.name) == nullptr) return require(once->body == "{}");
  const auto twice = admit_event(once->body, contract(), event.name, kToday, hash);
  require(twice.ok() && twice->body == once->body && twice->dropped.empty());
}

void check_request(std::string_view method, std::string_view path, std::string body,
                   std::string query) {
  HttpRequest request;
  request.method = method;
  request.body = std::move(body);
  request.query = std::move(query);
  for (const auto& route : snowplow_routes()) {
    if (route.path != path) continue;
    const IncomingRequest incoming{request, "", kNow};
    const auto result = route.read(incoming, path, catalogue());
    if (const auto* refusal = std::get_if<Refusal>(&result)) {
      require(refusal->message.ends_with('.') && route.refused(incoming, *refusal).status == 200);
      continue;
    }
    const auto& batch = std::get<EventBatch>(result);
    require(batch.events.size() <= kMaxSnowplowEvents);
    for (const auto& event : batch.events) check_event(event);
  }
}

// Where the body as a whole is JSON, the elements are the same ones read one by one.
void check_elements(std::string_view body) {
  const auto json = parse_json(body);
  const auto elements = elements_of(body, "data", body.size());
  const Json* list = json.ok() ? find_member(*json, "data") : nullptr;
  if (list == nullptr || !list->is_array() || !elements) return;
  require(elements->beyond == 0);
  if (elements->texts.size() != list->size()) return;  // a second member of the name
  for (const auto element : elements->texts) require(parse_json(element).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  check_request("POST", "/com.snowplowanalytics.snowplow/tp2", input, "");
  check_request("POST", "/com.snowplowanalytics.iglu/v1", input, "");
  check_request("GET", "/i", "", input);
  check_elements(input);

  for (const auto* packed : {"ue_px", "cx"}) {
    Json fields = {{"e", packed == std::string_view("cx") ? "se" : "ue"}, {"se_va", "1"}};
    fields[packed] = to_base64(input);
    check_event(snowplow_event(fields, contract(), kNow));
  }
  require(from_any_base64(to_base64(input)) == input);
  from_any_base64(input);
  return 0;
}
