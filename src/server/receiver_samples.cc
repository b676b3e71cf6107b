// Samples: request → protocol, which admits each → one record → answer.
#include "server/receiver_samples.h"

#include <algorithm>

#include "server/protocol/otlp.h"
#include "server/protocol/remote_write.h"
#include "server/receiver.h"
#include "server/receiver_events.h"

namespace candor {
const SampleRoute* sample_route_of(std::string_view path) {
  for (const auto& routes : {otlp_routes(), remote_write_routes()}) {
    const auto found = std::ranges::find(routes, path, &SampleRoute::path);
    if (found != routes.end()) return &*found;
  }
  return nullptr;
}

void Receiver::receive_samples(const SampleRoute& route, const IncomingRequest& incoming,
                               const Respond& respond) {
  if (incoming.http.method != "POST") {
    auto response = route.refused(
        incoming, {405, "method_not_allowed", "This address takes POST only.", "", ""});
    response.headers.push_back({"Allow", "POST"});
    return respond(std::move(response));
  }
  auto read = route.read(incoming, catalogue_, hash_);
  if (auto* refusal = std::get_if<Refusal>(&read)) {
    if (refusal->product.empty())
      refusal->product = addressee(catalogue_, incoming.prefix, route.protocol);
    intake_.refuse(refusal->product, refusal->protocol, refusal->reason);
    return respond(route.refused(incoming, *refusal));
  }
  auto& batch = std::get<SampleBatch>(read);
  // The request goes before the answer; only what answers need of it stays.
  auto taken = route.taken(incoming, batch);
  const auto product = batch.product->name();
  const auto count_refused = [this, product, protocol = batch.protocol,
                              refused = std::move(batch.admitted.refused)] {
    for (const auto& [reason, count] : refused) intake_.refuse(product, protocol, reason, count);
  };
  if (batch.admitted.accepted + batch.admitted.quarantined == 0) {
    count_refused();
    return respond(std::move(taken));
  }
  auto cannot =
      route.refused(incoming, {503, "try_again", kNothingStored, product, batch.protocol});
  auto never =
      route.refused(incoming, {400, "too_large", kTooLargeToStore, product, batch.protocol});
  const auto samples = batch.admitted.accepted + batch.admitted.quarantined;
  const auto passed_on = batch.admitted.accepted;
  const std::string_view identity[] = {product, batch.protocol, incoming.http.body};
  SamplesRecord record{product,
                       batch.protocol,
                       batch.contract->hash,
                       incoming.received,
                       batch.has_untimed ? std::nullopt : std::optional(make_record_key(identity)),
                       std::move(batch.admitted)};
  record.admitted.refused.clear();
  // Copied where somebody wants it: the record's own goes into the journal's bytes.
  auto series = pass_on_ ? record.admitted.series.bytes() : std::string();
  intake_.accept(std::move(record), [this, taken = std::move(taken), cannot = std::move(cannot),
                                     never = std::move(never), product, protocol = batch.protocol,
                                     samples, passed_on, count_refused, series = std::move(series),
                                     respond](const Status& stored) mutable {
    // All of it comes again when nothing could be stored, so nothing is counted then.
    if (!stored.ok() && stored.error().kind != ErrorKind::kBadData) return respond(cannot);
    count_refused();
    if (stored.ok()) {
      if (!series.empty()) pass_on_(product, std::move(series), passed_on);
      return respond(taken);
    }
    // Sent again it would be as large.
    intake_.refuse(product, protocol, "too_large", samples);
    respond(never);
  });
}

}  // namespace candor
