// The body of a request to /v1/events: what is read of it are events within the limits, each with a
// document that is one JSON object on one line and can be admitted.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "contract/catalogue.h"
#include "one_product.h"
#include "server/admit/admit.h"
#include "server/protocol/limits.h"
#include "server/protocol/native_events.h"

namespace {

using namespace candor;

constexpr std::string_view kContract = R"toml(
candor = 1
[product]
name = "mesh"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "usage"
about = "Usage."
owner = "o"
[[channel.event]]
name = "rating"
about = "A rating."
fields = [
  { path = "page", type = "string", max_length = 200, about = "Page." },
  { path = "props.stars", type = "integer", min = 1, max = 5, about = "Stars." },
  { path = "user", type = "string", class = "keyed", about = "Hashed." },
]
)toml";

constexpr std::int64_t kToday = 20'778;

const Catalogue& catalogue() {
  static const auto opened = catalogue_of(kContract);
  return opened;
}

void check(const EventSubmission& event) {
  static const HashHere hash("key");
  require(!event.name.empty() && !event.message_id.empty());
  require(event.message_id.size() <= kMaxNativeEventIdBytes);
  if (event.document.empty()) return;
  require(event.document.find('\n') == std::string::npos);
  const auto admitted = admit_event(event.document, *catalogue().products().front().current,
                                    event.name, kToday, hash);
  require(admitted.ok());
  const auto kept = parse_json(admitted->body);
  require(kept.ok() && kept->is_object());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string body(reinterpret_cast<const char*>(data), size);
  // The corpus says CONTRACT, so that it outlives a change of the contract above.
  constexpr std::string_view kPlace = "CONTRACT";
  if (const auto at = body.find(kPlace); at != std::string::npos)
    body.replace(at, kPlace.size(), catalogue().products().front().current->hash);
  HttpRequest request;
  request.body = body;
  const auto read = native_event_routes()[0].read(
      IncomingRequest{request, "", from_unix_millis(kToday * 86'400'000)}, "/v1/events",
      catalogue());
  if (const auto* refusal = std::get_if<Refusal>(&read)) {
    require(refusal->status >= 400 && refusal->status < 500);
    require(!refusal->reason.empty() && refusal->message.ends_with('.'));
    return 0;
  }
  const auto& batch = std::get<EventBatch>(read);
  require(batch.product != nullptr && batch.contract != nullptr && batch.body_sha256.size() == 64);
  require(batch.events.size() <= kMaxNativeEvents);
  for (const auto& event : batch.events) check(event);
  return 0;
}
