// Events: request → protocol → admission of each → one record → answer.
#include "server/receiver_events.h"

#include <algorithm>
#include <iterator>

#include "contract/limits.h"
#include "server/admit/admit.h"
#include "server/admit/limits.h"
#include "server/protocol/native_events.h"
#include "server/protocol/plausible.h"
#include "server/protocol/segment.h"
#include "server/protocol/snowplow.h"
#include "server/receiver.h"

namespace candor {
namespace {

// analytics.js counts its tries in X-Retry-Count.
constexpr std::string_view kAllowedHeaders =
    "Authorization, Content-Type, SP-Anonymous, X-Retry-Count";

// A person's address where an identity should be.
bool looks_like_address(std::string_view text) { return text.find('@') != std::string_view::npos; }

Instant held_to_window(Instant at, Instant received) {
  return std::clamp(at, received - kOldestReport, received + kNewestReport);
}

Result<Admitted> admit_submission(const EventSubmission& submission, const EventBatch& batch,
                                  Instant received, const HashHere& hash) {
  const auto& contract = *batch.contract;
  Admitted admitted;
  if (submission.members) {
    const auto members =
        Members(batch.members).subspan(submission.members->from, submission.members->count);
    admitted = admit_event(members, contract, submission.name, day_of(received), hash);
  } else if (submission.document.empty()) {
    admitted.body = "{}";
  } else {
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

void Receiver::receive_events(const EventRoute& route, HttpRequest&& request, std::string_view path,
                              std::string_view prefix, const Respond& respond) {
  const IncomingRequest incoming{request, prefix, clock_.now(), visitors_};
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
  accept(std::get<EventBatch>(std::move(read)), route, std::move(request), prefix,
         incoming.received, respond);
}

// What is left of a request while its events are on their way to the disk.
struct Receiver::EventsUnderWay {
  HttpRequest http;  // without its body; empty where answers do not depend on it
  std::string prefix;
  const EventRoute* route = nullptr;
  Respond respond;
  std::map<std::string, std::uint64_t> refused;  // by reason
  // The answer when all is well, where it does not say what became of each: made before, as the
  // thread that gives it is the journal's, which all wait for.
  HttpResponse taken;
  std::string body_sha256;
  std::string product;
  std::string protocol;
  ContractPtr contract;
  Instant received{};
  std::uint64_t events = 0;

  IncomingRequest incoming() const { return {http, prefix, received}; }
};

void Receiver::accept(EventBatch batch, const EventRoute& route, HttpRequest&& request,
                      std::string_view prefix, Instant received, const Respond& respond) {
  EventsRecord record;
  record.product = batch.product->name();
  record.protocol = std::move(batch.protocol);
  record.contract = batch.contract->hash;
  record.received = received;
  record.events.reserve(batch.events.size());
  auto refused = std::move(batch.refused);
  std::size_t kept_bytes = 0;
  for (auto& submission : batch.events) {
    auto admitted = admit_submission(submission, batch, received, hash_);
    if (!admitted.ok()) {
      ++refused["bad_event"];
      continue;
    }
    kept_bytes += bytes_of(*admitted);
    if (kept_bytes > kMaxAdmittedBytes) {
      ++refused["too_large"];
      continue;
    }
    auto& event = record.events.emplace_back();
    event.name = std::move(submission.name);
    if (event.name.size() > kMaxEventNameBytes) event.name.resize(kMaxEventNameBytes);
    event.at = held_to_window(submission.at.value_or(received), received);
    if (!admitted->installation.empty()) submission.source = std::move(admitted->installation);
    event.source = kept_source(std::move(submission.source), hash_, admitted->dropped);
    if (!submission.message_id.empty()) {
      const std::string_view identity[] = {record.product, record.protocol, "event",
                                           submission.message_id};
      event.key = make_record_key(identity);
    }
    event.automation = submission.automation || admitted->automation;
    event.admitted = *std::move(admitted);
  }
  // Nothing of it is looked at again, and it may be large.
  batch.parsed.reset();
  HttpResponse taken;
  if (route.taken != nullptr) {
    taken = route.taken({request, prefix, received});
    std::ranges::move(batch.headers, std::back_inserter(taken.headers));
  }
  HttpRequest asked;
  if (route.with_credentials) {
    std::string().swap(request.body);
    asked = std::move(request);
  }
  auto way = std::make_shared<EventsUnderWay>(
      EventsUnderWay{std::move(asked), std::string(prefix), &route, respond, std::move(refused),
                     std::move(taken), std::move(batch.body_sha256), record.product,
                     record.protocol, std::move(batch.contract), received, record.events.size()});
  if (record.events.empty()) return answer_events(*way, EventOutcomes{});
  intake_.accept(std::move(record),
                 [this, way = std::move(way)](const Result<EventOutcomes>& outcomes) {
                   answer_events(*way, outcomes);
                 });
}

void Receiver::answer_events(EventsUnderWay& way, const Result<EventOutcomes>& outcomes) {
  const auto refusal = [&](int status, const char* reason, std::string_view message) {
    return Refusal{status, reason, std::string(message), way.product, way.protocol};
  };
  // All of it comes again when nothing could be stored, so nothing is counted then: else each try
  // with a full disk would count it again.
  if (!outcomes.ok() && outcomes.error().kind != ErrorKind::kBadData)
    return way.respond(
        way.route->refused(way.incoming(), refusal(503, "try_again", kNothingStored)));
  for (const auto& [reason, count] : way.refused)
    intake_.refuse(way.product, way.protocol, reason, count);
  if (!outcomes.ok()) {
    // Sent again it would be as large.
    intake_.refuse(way.product, way.protocol, "too_large", way.events);
    return way.respond(
        way.route->refused(way.incoming(), refusal(400, "too_large", kTooLargeToStore)));
  }
  if (!way.body_sha256.empty()) {
    return way.respond(native_events_answer(
        way.body_sha256, way.contract->hash,
        {outcomes->accepted, outcomes->quarantined, outcomes->duplicates, sum_of(way.refused)},
        way.received, key_));
  }
  way.respond(std::move(way.taken));
}

}  // namespace candor
