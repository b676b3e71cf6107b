// The way of samples: one record a request, and nothing to compare it with.
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
  auto bytes = encode(record);
  auto arrival = arrival_of(record, bytes.size());
  append(std::move(bytes), [this, arrival = std::move(arrival),
                            done = std::move(done)](const Result<Position>& position) {
    if (position.ok()) {
      const MutexLock lock(mutex_);
      note(arrival);
    }
    done(position.ok() ? Status(Ok{}) : Status(position.error()));
  });
}

}  // namespace candor
