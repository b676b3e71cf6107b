// The way of samples: one record a request, which is a duplicate as a whole or not at all.
#include <utility>

#include "server/record/intake.h"
#include "server/record/limits.h"

namespace candor {
void Intake::accept(SamplesRecord record, std::function<void(Status)> done) {
  auto batch = std::make_shared<Batch>();
  batch->product = record.product;
  batch->done = [done = std::move(done)](const Result<EventOutcomes>& outcomes) {
    done(outcomes.ok() ? Status(Ok{}) : Status(outcomes.error()));
  };
  const auto again = record.admitted.accepted + record.admitted.quarantined;
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
  const auto size = bytes.size();
  // In the bytes; what is told of the request does without.
  (void)std::exchange(record.admitted.series, SeriesList());
  append(std::move(bytes),
         [this, record = std::make_shared<SamplesRecord>(std::move(record)), size,
          batch](const Result<Position>& position) { on_durable(*record, size, batch, position); });
}

void Intake::on_durable(const SamplesRecord& record, std::uint64_t bytes, const BatchPtr& batch,
                        const Result<Position>& position) {
  const auto& admitted = record.admitted;
  std::vector<BatchPtr> complete;
  {
    const MutexLock lock(mutex_);
    if (auto* arrival = position.ok() ? note(record.product, "", "") : nullptr) {
      arrival->received = record.received;
      arrival->protocol = record.protocol;
      arrival->samples = admitted.accepted + admitted.quarantined;
      arrival->outcome = name_of(outcome_of(admitted.quarantined > 0, admitted.accepted));
      arrival->bytes = bytes;
      copy_first_rows(admitted.dropped, arrival->dropped);
      arrival->quarantined.clear();
    }
    if (record.key) landed(*record.key, record.received, position, complete);
    landed(batch, position, complete);
    landed_.notify_all();
  }
  for (const auto& one : complete) answer(one);
}

}  // namespace candor
