#include "server/protocol/plausible.h"

#include <algorithm>

#include "base/json.h"
#include "server/protocol/limits.h"
#include "server/protocol/plausible_event.h"
#include "visitor/bots.h"

namespace candor {
namespace {

constexpr std::string_view kProtocol = "plausible";
constexpr const char* kDropped = "x-plausible-dropped";
constexpr const char* kUnknownKey = "invalid_write_key";

bool knows(const Product& product, const std::string& site) {
  return std::ranges::find(product.write_keys, site) != product.write_keys.end();
}

// A domain that is a product's write key names the product, as such a key does.
Result<const Product*> route(const Catalogue& catalogue, std::string_view prefix,
                             const std::vector<std::string>& sites) {
  for (const auto& site : sites) {
    for (const auto& product : catalogue.products()) {
      const bool meant = prefix.empty() || product.name() == prefix;
      if (meant && knows(product, site)) return catalogue.route(prefix, site, kProtocol);
    }
  }
  return catalogue.route(prefix, std::nullopt, kProtocol);
}

// What the collector adds by itself is there where the contract wants it, and is no loss elsewhere.
constexpr std::string_view kAdded[] = {"host", "site", "entry", "source", "interactive"};

// Plausible's properties are texts; where the contract has them as numbers, they are numbers again.
void fit(Json& document, const Contract& contract, const std::string& name) {
  const auto* declared = contract.event(name);
  if (declared == nullptr) return;
  const auto& root = declared->schema.root();
  for (const auto added : kAdded) {
    if (root.member(added) == nullptr) document.erase(std::string(added));
  }
  const auto* node = root.member("props");
  if (node == nullptr || !document.contains("props")) return;
  for (auto& [key, value] : document["props"].items()) {
    const auto* member = node->member(key);
    if (member == nullptr || !member->field) continue;
    const auto type = contract.fields[*member->field].type;
    if (type == FieldType::kString || type == FieldType::kTimestamp) continue;
    const auto parsed = parse_json(value.get_ref<const std::string&>());
    if (parsed.ok() && (parsed->is_number() || parsed->is_boolean())) value = *parsed;
  }
}

class Batching {
 public:
  Batching(const IncomingRequest& request, const Product& product)
      : request_(request),
        batch_{std::string(kProtocol), &product, product.current, {}, {}, {}},
        is_bot_(is_bot(request.http.header("User-Agent"))) {}

  void add(const PlausibleEvent& event, const std::string& site) {
    if (batch_.product->require_key && !knows(*batch_.product, site)) return drop(kUnknownKey);
    if (batch_.events.size() == kMaxPlausibleSites) return drop("too_many");
    if (is_bot_) return drop("bot");
    EventSubmission submission;
    submission.name = event.name;
    auto document = event.document;
    document["site"] = site;
    if (request_.visitors != nullptr) {
      // What happens by itself begins no visit.
      const bool viewed = event.name == "pageview" && !document.contains("interactive");
      auto visit = request_.visitors->see(
          request_.http, site, viewed ? Activity::kPageView : Activity::kOther, request_.received);
      submission.source = std::move(visit.visitor);
      if (visit.begins) document["entry"] = event.page;
    }
    fit(document, *batch_.contract, event.name);
    submission.document = to_line(document);
    batch_.events.push_back(std::move(submission));
  }

  EventBatch take() {
    if (dropped_ > 0) batch_.headers.push_back({kDropped, std::to_string(dropped_)});
    return std::move(batch_);
  }

 private:
  void drop(const char* reason) {
    ++batch_.refused[reason];
    ++dropped_;
  }

  const IncomingRequest& request_;
  EventBatch batch_;
  const bool is_bot_;
  std::uint64_t dropped_ = 0;
};

EventsOrRefusal read(const IncomingRequest& request, std::string_view, const Catalogue& catalogue) {
  auto unpacked = unpack_body(request, kMaxPlausibleBodyBytes);
  if (auto* refused = std::get_if<Refusal>(&unpacked)) {
    refused->protocol = kProtocol;
    return std::move(*refused);
  }
  auto decoded = read_plausible_event(std::get<std::string>(unpacked));
  const auto* event = std::get_if<PlausibleEvent>(&decoded);
  const auto product = route(catalogue, request.prefix,
                             event == nullptr ? std::vector<std::string>() : event->sites);
  if (!product.ok() && (event != nullptr || product.error().kind == ErrorKind::kNotFound))
    return refusal_of(product.error(), kProtocol);
  if (event == nullptr) {
    return Refusal{400,
                   "bad_event",
                   "This is no event of Plausible's; `errors` says what is wrong.",
                   product.ok() ? (*product)->name() : "",
                   std::string(kProtocol),
                   std::get<FieldErrors>(std::move(decoded))};
  }
  Batching batching(request, **product);
  for (const auto& site : event->sites) batching.add(*event, site);
  return batching.take();
}

HttpResponse taken(const IncomingRequest&) {
  HttpResponse response;
  response.status = 202;
  response.content_type = "text/plain; charset=utf-8";
  response.body = "ok";
  allow_origins(response);
  return response;
}

HttpResponse refused(const IncomingRequest& request, const Refusal& refusal) {
  // Plausible's server says nothing of sites that it does not know, either.
  if (refusal.reason == kUnknownKey) {
    auto response = taken(request);
    response.headers.push_back({kDropped, "1"});
    return response;
  }
  HttpResponse response;
  response.status = refusal.status;
  Json errors = Json::object();
  if (refusal.fields.empty()) {
    errors["request"] = Json::array({refusal.message});
  } else {
    errors = refusal.fields;
  }
  response.body = to_line({{"errors", std::move(errors)}}) + "\n";
  if (response.status == 503) response.headers.push_back({"Retry-After", "5"});
  allow_origins(response);
  return response;
}

constexpr EventRoute kRoutes[] = {
    {"/api/event", kProtocol, "POST", read, taken, refused, kMaxPlausibleBodyBytes},
};

}  // namespace

std::span<const EventRoute> plausible_routes() { return kRoutes; }

}  // namespace candor
