#include "server/protocol/plausible.h"

#include <algorithm>

#include "visitor/limits.h"
#include "visitor/plausible_answer.h"
#include "visitor/plausible_event.h"
#include "visitor/web_events.h"

namespace candor {
namespace {

constexpr std::string_view kProtocol = "plausible";
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

EventBatch batch_of(const IncomingRequest& request, const Product& product,
                    const PlausibleEvent& event) {
  const auto refuse = [&](const std::string& site) {
    return product.require_key && !knows(product, site) ? kUnknownKey : "";
  };
  auto made = web_events_of(event, request.http, *product.current, request.visitors,
                            request.received, refuse);
  EventBatch batch{std::string(kProtocol), &product, product.current, {}, {}, {}};
  if (const auto dropped = made.dropped_count(); dropped > 0)
    batch.headers.push_back(plausible_dropped(dropped));
  batch.refused = std::move(made.dropped);
  for (auto& web_event : made.events) {
    EventSubmission submission;
    submission.name = std::move(web_event.name);
    submission.source = std::move(web_event.visitor);
    submission.document = to_line(web_event.document);
    batch.events.push_back(std::move(submission));
  }
  return batch;
}

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
  return batch_of(request, **product, *event);
}

HttpResponse taken(const IncomingRequest&) { return plausible_taken(); }

HttpResponse refused(const IncomingRequest&, const Refusal& refusal) {
  // Plausible's server says nothing of sites that it does not know, either.
  if (refusal.reason == kUnknownKey) return plausible_taken(1);
  return plausible_refused(refusal.status, refusal.fields, refusal.message);
}

constexpr EventRoute kRoutes[] = {
    {"/api/event", kProtocol, "POST", read, taken, refused, kMaxPlausibleBodyBytes},
};

}  // namespace

std::span<const EventRoute> plausible_routes() { return kRoutes; }

}  // namespace candor
