// Arbitrary bytes as what a client of Segment's API sends, as one message and as a batch. Whatever
// they are, each event can be held against its contract, what is kept is JSON that is admitted
// again unchanged, and a refusal is one that ends the client's tries.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "contract/catalogue.h"
#include "one_product.h"
#include "server/admit/admit.h"
#include "server/protocol/limits.h"
#include "server/protocol/segment.h"

namespace {

using namespace candor;

constexpr std::string_view kContract = R"toml(
candor = 1
[product]
name = "dcos"
contact = "c@example.com"
accepts = ["segment"]
[[channel]]
name = "events"
about = "Events."
owner = "o"
[[channel.event]]
name = "mesos_track"
about = "Resources."
installation = "properties.clusterId"
fields = [
  { path = "properties.clusterId", type = "string", max_length = 36, about = "Cluster." },
  { path = "properties.cpu_total", type = "number", min = 0, max = 1000, about = "CPUs." },
  { path = "properties.frameworks[].name", type = "string", about = "Services." },
  { path = "userId", type = "string", class = "keyed", about = "Who." },
]
[[channel.event]]
name = "identify"
about = "Somebody."
fields = [
  { path = "traits.email", type = "string", class = "keyed", about = "Who." },
  { path = "context.*", type = "string", about = "Where." },
]
)toml";

constexpr std::int64_t kToday = 20'778;
constexpr Instant kNow = from_unix_millis(kToday * 86'400'000);

const Catalogue& catalogue() {
  static const auto opened = catalogue_of(kContract, {"key"});
  return opened;
}

const HashHere& hash() {
  static const HashHere with_key("key");
  return with_key;
}

const Contract& contract() { return *catalogue().products().front().current; }

// Nothing for a document that is none.
std::optional<Admitted> admitted(const EventSubmission& event, const EventBatch& batch) {
  if (event.members) {
    const auto members = Members(batch.members).subspan(event.members->from, event.members->count);
    return admit_event(members, contract(), event.name, kToday, hash());
  }
  require(!event.document.empty() && event.document.size() <= kMaxSegmentMessageBytes);
  auto once = admit_event(event.document, contract(), event.name, kToday, hash());
  if (once.ok()) return *std::move(once);
  require(once.error().kind == ErrorKind::kBadData);
  return std::nullopt;
}

void check_admitted(const std::string& name, const Admitted& once) {
  require(parse_json(once.body).ok());
  if (contract().event(name) == nullptr) return require(once.body == "{}");
  const auto twice = admit_event(once.body, contract(), name, kToday, hash());
  require(twice.ok() && twice->body == once.body && twice->dropped.empty());
}

void check_request(std::string_view path, const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.body = body;
  for (const auto& route : segment_routes()) {
    if (route.path != path) continue;
    const IncomingRequest incoming{request, "", kNow};
    const auto result = route.read(incoming, path, catalogue());
    if (const auto* refusal = std::get_if<Refusal>(&result)) {
      const auto answer = route.refused(incoming, *refusal);
      require(answer.status == 400 || answer.status == 401);
      const auto said = parse_json(answer.body);
      require(said.ok() && !string_member(*said, "code").empty());
      require(string_member(*said, "message").ends_with('.'));
      continue;
    }
    const auto& batch = std::get<EventBatch>(result);
    require(batch.events.size() <= kMaxSegmentMessages);
    std::size_t bytes = 0;
    std::vector<std::pair<std::string, Admitted>> kept;
    for (const auto& event : batch.events) {
      if (auto once = admitted(event, batch)) kept.emplace_back(event.name, *std::move(once));
      bytes += event.document.size();
    }
    require(bytes <= kMaxEventDocumentsBytes);
    // Behind all of them: what is parsed here takes the place of the batch's own document.
    for (const auto& [name, once] : kept) check_admitted(name, once);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  for (const auto* path : {"/v1/batch", "/v1/track", "/v1/i"}) check_request(path, input);
  // One message beside a good one: whatever it is, it cannot break out of its place unseen.
  check_request("/v1/batch", R"({"sentAt":"2026-11-21T12:00:00Z","batch":[{"type":"identify"},)" +
                                 input + R"(,{"type":"track","event":"mesos_track"}]})");
  return 0;
}
