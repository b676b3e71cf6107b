// Events: request → protocol → admission of each → one record → answer.
#include "server/receiver_events.h"

#include <algorithm>

#include "base/json.h"
#include "contract/limits.h"
#include "contract/schema.h"
#include "server/admit/admit.h"
#include "server/admit/limits.h"
#include "server/protocol/native_events.h"
#include "server/protocol/plausible.h"
#include "server/protocol/segment.h"
#include "server/protocol/snowplow.h"
#include "server/receiver.h"

namespace candor {
namespace {

constexpr std::string_view kCannotStore =
    "The collector cannot store anything at the moment. Nothing was stored; send it again later.";
constexpr std::string_view kTooLarge = "What is kept of the request is too large to store.";
// analytics.js counts its tries in X-Retry-Count.
constexpr std::string_view kAllowedHeaders =
    "Authorization, Content-Type, SP-Anonymous, X-Retry-Count";

// A person's address where an identity should be.
bool looks_like_address(std::string_view text) { return text.find('@') != std::string_view::npos; }

// The text at a path without lists; empty when there is none.
std::string text_at(std::string_view body, std::string_view path) {
  const auto json = parse_json(body);
  const auto steps = parse_path(path);
  if (!json.ok() || !steps.ok()) return {};
  const Json* at = &*json;
  for (const auto& step : *steps) {
    at = step.kind == PathStep::Kind::kKey ? find_member(*at, step.key) : nullptr;
    if (at == nullptr) return {};
  }
  return at->is_string() ? at->get<std::string>() : std::string();
}

Instant held_to_window(Instant at, Instant received) {
  return std::clamp(at, received - kOldestReport, received + kNewestReport);
}

Result<Admitted> admit_submission(const EventSubmission& submission, const Contract& contract,
                                  Instant received, const HashHere& hash) {
  Admitted admitted;
  admitted.body = "{}";
  if (!submission.document.empty()) {
    CANDOR_ASSIGN(
        whole, admit_event(submission.document, contract, submission.name, day_of(received), hash));
    admitted = std::move(whole);
  }
  for (const auto& member : submission.unreadable)
    admitted.quarantined.push_back({member, "string", Problem::kWrongType, "", ""});
  return admitted;
}

std::size_t bytes_of(const Admitted& admitted) {
  auto bytes = admitted.body.size();
  for (const auto& row : admitted.quarantined)
    bytes += row.path.size() + row.value.size() + row.place.size();
  return bytes;
}

std::uint64_t sum_of(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : counts) sum += count;
  return sum;
}

// What stands for the source of an event: the client's word, hashed where it may name a person or
// is too long to be kept.
std::string kept_source(std::string source, const HashHere& hash, std::vector<Dropped>& dropped) {
  if (!looks_like_address(source) && source.size() <= kMaxSourceBytes) return source;
  dropped.push_back({"source", "string", Problem::kHashedHere, 1});
  return hash.keyed(source);
}

}  // namespace

const EventRoute* event_route_of(std::string_view path) {
  for (const auto& routes :
       {segment_routes(), plausible_routes(), snowplow_routes(), native_event_routes()}) {
    const auto found = std::ranges::find(routes, path, &EventRoute::path);
    if (found != routes.end()) return &*found;
  }
  return nullptr;
}

std::string addressee(const Catalogue& catalogue, std::string_view prefix,
                      std::string_view protocol) {
  if (const auto* product = catalogue.find(prefix)) return product->name();
  std::string only;
  for (const auto& product : catalogue.products()) {
    if (!prefix.empty() || !product.current->accepts_protocol(protocol)) continue;
    if (!only.empty()) return {};
    only = product.name();
  }
  return only;
}

void Receiver::receive_events(const EventRoute& route, const IncomingRequest& incoming,
                              std::string_view path, const Respond& respond) {
  const auto& method = incoming.http.method;
  if (method == "OPTIONS") {
    HttpResponse response;
    response.status = 204;
    if (route.with_credentials) {
      allow_origin_of(incoming.http, response, kAllowedHeaders);
    } else {
      allow_origins(response, kAllowedHeaders);
    }
    return respond(std::move(response));
  }
  if (route.methods.find(method) == std::string_view::npos) {
    auto response = route.refused(
        incoming, {405, "method_not_allowed",
                   "This address takes " + std::string(route.methods) + " only.", "", ""});
    response.headers.push_back({"Allow", std::string(route.methods)});
    return respond(std::move(response));
  }
  auto read = route.read(incoming, path, catalogue_);
  if (auto* refusal = std::get_if<Refusal>(&read)) {
    if (refusal->product.empty())
      refusal->product = addressee(catalogue_, incoming.prefix, route.protocol);
    intake_.refuse(refusal->product, refusal->protocol, refusal->reason);
    return respond(route.refused(incoming, *refusal));
  }
  accept(std::get<EventBatch>(std::move(read)), route, incoming, respond);
}

void Receiver::accept(EventBatch batch, const EventRoute& route, const IncomingRequest& incoming,
                      const Respond& respond) {
  EventsRecord record;
  record.product = batch.product->name();
  record.protocol = batch.protocol;
  record.contract = batch.contract->hash;
  record.received = incoming.received;
  auto refused = std::move(batch.refused);
  std::size_t kept_bytes = 0;
  for (auto& submission : batch.events) {
    auto admitted = admit_submission(submission, *batch.contract, incoming.received, hash_);
    if (!admitted.ok()) {
      ++refused["bad_event"];
      continue;
    }
    kept_bytes += bytes_of(*admitted);
    if (kept_bytes > kMaxAdmittedBytes) {
      ++refused["too_large"];
      continue;
    }
    AdmittedEvent event;
    event.name = submission.name.substr(0, kMaxEventNameBytes);
    event.at = held_to_window(submission.at.value_or(incoming.received), incoming.received);
    const auto* declared = batch.contract->event(event.name);
    if (declared != nullptr && !declared->installation.empty()) {
      auto named = text_at(admitted->body, declared->installation);
      if (!named.empty()) submission.source = std::move(named);
    }
    event.source = kept_source(std::move(submission.source), hash_, admitted->dropped);
    if (!submission.message_id.empty()) {
      const std::string_view identity[] = {record.product, record.protocol, "event",
                                           submission.message_id};
      event.key = make_record_key(identity);
    }
    event.admitted = *std::move(admitted);
    record.events.push_back(std::move(event));
  }
  // Only once the others are on disk: else each try with a full disk would count them again.
  const auto count_refused = [this, product = record.product, protocol = record.protocol, refused](
                                 const char* more = "", std::uint64_t of_it = 0) {
    for (const auto& [reason, count] : refused) intake_.refuse(product, protocol, reason, count);
    if (of_it > 0) intake_.refuse(product, protocol, more, of_it);
  };
  // The request goes before the answer; only what answers need of it stays.
  auto taken = route.taken == nullptr ? HttpResponse() : route.taken(incoming);
  for (auto& header : batch.headers) taken.headers.push_back(std::move(header));
  const auto respond_taken = [this, respond, taken = std::move(taken), refused = sum_of(refused),
                              body = batch.body_sha256, contract = record.contract,
                              received = record.received](const EventOutcomes& outcomes) {
    if (body.empty()) return respond(taken);
    respond(native_events_answer(
        body, contract, {outcomes.accepted, outcomes.quarantined, outcomes.duplicates, refused},
        received, key_));
  };
  if (record.events.empty()) {
    count_refused();
    return respond_taken({});
  }
  const auto refusal = [&](int status, const char* reason, std::string_view message) {
    return Refusal{status, reason, std::string(message), record.product, record.protocol};
  };
  auto cannot = route.refused(incoming, refusal(503, "try_again", kCannotStore));
  // Sent again it would be as large.
  auto never = route.refused(incoming, refusal(400, "too_large", kTooLarge));
  const auto events = record.events.size();
  intake_.accept(std::move(record),
                 [respond_taken, cannot = std::move(cannot), never = std::move(never), events,
                  count_refused, respond](const Result<EventOutcomes>& outcomes) {
                   if (!outcomes.ok() && outcomes.error().kind != ErrorKind::kBadData)
                     return respond(cannot);
                   if (outcomes.ok()) {
                     count_refused();
                     return respond_taken(*outcomes);
                   }
                   count_refused("too_large", events);
                   respond(never);
                 });
}

}  // namespace candor
