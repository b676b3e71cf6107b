// The way of samples: one record a request, which is a duplicate as a whole or not at all.
#include "server/record/intake.h"
#include "server/record/limits.h"

namespace candor {
namespace {

Arrival arrival_of(const SamplesRecord& record, std::uint64_t bytes) {
  const auto& admitted = record.admitted;
  Arrival arrival;
  arrival.received = record.received;
  arrival.product = record.product;
  arrival.protocol = record.protocol;
  arrival.samples = admitted.accepted + admitted.quarantined;
  arrival.outcome = name_of(admitted.quarantined == 0 ? Outcome::kAccepted
                            : admitted.accepted == 0  ? Outcome::kQuarantined
                                                      : Outcome::kPartlyQuarantined);
  arrival.bytes = bytes;
  arrival.dropped = first_rows(admitted.dropped);
  return arrival;
}

}  // namespace

void Intake::accept(SamplesRecord record, std::function<void(Status)> done) {
  auto batch = std::make_shared<Batch>();
  batch->product = record.product;
  batch->done = [done = std::move(done)](const Result<EventOutcomes>& outcomes) {
    done(outcomes.ok() ? Status(Ok{}) : Status(outcomes.error()));
  };
  const auto again = record.admitted.accepted + record.admitted.quarantined;
  std::vector<RecordKey> keys;
  if (record.key) keys.push_back(*record.key);
  bool is_here = false, waits = false;
  {
    const MutexLock lock(mutex_);
    is_here = record.key && seen_events_.contains(*record.key);
    if (record.key && !is_here) {
      const auto [pending, is_first] = pending_events_.try_emplace(*record.key);
      waits = !is_first;
      if (waits) pending->second.push_back(batch);
    }
    if (!is_here) ++batch->open;
    if (is_here || waits) batch->outcomes.duplicates = again;
  }
  if (is_here) return answer(batch);
  if (waits) return;
  auto bytes = encode(record);
  auto arrival = arrival_of(record, bytes.size());
  append(std::move(bytes),
         [this, keys = std::move(keys), received = record.received, arrival = std::move(arrival),
          batch](const Result<Position>& position) mutable {
           on_durable(keys, received, {std::move(arrival)}, batch, position);
         });
}

}  // namespace candor
