// Events: request → protocol → admission of each → one record → answer.
#include "server/receiver_events.h"

#include <algorithm>

#include "base/json.h"
#include "contract/limits.h"
#include "contract/schema.h"
#include "server/admit/admit.h"
#include "server/admit/limits.h"
#include "server/protocol/plausible.h"
#include "server/protocol/segment.h"
#include "server/protocol/snowplow.h"
#include "server/receiver.h"

namespace candor {
namespace {

constexpr std::string_view kCannotStore =
    "The collector cannot store anything at the moment. Nothing was stored; send it again later.";
constexpr std::string_view kAllowedHeaders = "Authorization, Content-Type, SP-Anonymous";

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

// Adds up what the events of a request dropped.
class Drops {
 public:
  void add(std::string_view event, const std::vector<Dropped>& rows) {
    for (const auto& row : rows)
      add({path_in_event(event, row.path), row.type, row.problem, row.count});
  }
  void add(Dropped row) {
    const auto same = std::ranges::find_if(rows_, [&](const Dropped& other) {
      return other.path == row.path && other.type == row.type && other.problem == row.problem;
    });
    if (same != rows_.end()) {
      same->count += row.count;
    } else if (rows_.size() < kMaxDropRows) {
      rows_.push_back(std::move(row));
    } else {
      rows_.back().count += row.count;
    }
  }
  std::vector<Dropped> take() { return std::move(rows_); }

 private:
  std::vector<Dropped> rows_;
};

}  // namespace

const EventRoute* event_route_of(std::string_view path) {
  for (const auto& routes : {segment_routes(), plausible_routes(), snowplow_routes()}) {
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
  Drops drops;
  for (const auto& [reason, count] : batch.refused)
    intake_.refuse(record.product, record.protocol, reason, count);
  for (auto& submission : batch.events) {
    auto admitted = admit_submission(submission, *batch.contract, incoming.received, hash_);
    if (!admitted.ok()) {
      intake_.refuse(record.product, record.protocol, "bad_event");
      continue;
    }
    AdmittedEvent event;
    event.name = submission.name.substr(0, kMaxEventNameBytes);
    event.at = held_to_window(submission.at.value_or(incoming.received), incoming.received);
    event.source = std::move(submission.source);
    if (looks_like_address(event.source)) {
      event.source = hash_.keyed(event.source);
      drops.add({path_in_event(event.name, "source"), "string", Problem::kHashedHere, 1});
    }
    const auto* declared = batch.contract->event(event.name);
    if (declared != nullptr && !declared->installation.empty()) {
      auto named = text_at(admitted->body, declared->installation);
      if (!named.empty()) event.source = std::move(named);
    }
    if (!submission.message_id.empty()) {
      const std::string_view identity[] = {record.product, record.protocol, "event",
                                           submission.message_id};
      event.key = make_record_key(identity);
    }
    drops.add(event.name, admitted->dropped);
    admitted->dropped.clear();
    event.admitted = *std::move(admitted);
    record.events.push_back(std::move(event));
  }
  record.dropped = drops.take();
  // The request goes before the answer; only what answers need of it stays.
  auto taken = route.taken(incoming);
  for (auto& header : batch.headers) taken.headers.push_back(std::move(header));
  if (record.events.empty()) return respond(std::move(taken));
  auto cannot = route.refused(
      incoming, {503, "try_again", std::string(kCannotStore), record.product, record.protocol});
  intake_.accept(std::move(record), [taken = std::move(taken), cannot = std::move(cannot),
                                     respond](const Result<EventOutcomes>& outcomes) {
    respond(outcomes.ok() ? taken : cannot);
  });
}

}  // namespace candor
