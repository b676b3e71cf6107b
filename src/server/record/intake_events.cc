// The way of events: as that of documents, but many in one record, and each may be a duplicate.
#include "server/record/intake.h"

namespace candor {
// Takes out of the record what is there already, and marks the rest as on its way.
void Intake::leave_new(EventsRecord& record, const BatchPtr& batch) {
  for (const auto& event : record.events) {
    if (event.key) seen_events_.prefetch(*event.key);
  }
  std::erase_if(record.events, [&](const AdmittedEvent& event) CANDOR_REQUIRES(mutex_) {
    if (event.key && seen_events_.contains(*event.key)) {
      ++batch->outcomes.duplicates;
      return true;
    }
    if (event.key) {
      const auto [pending, is_first] = pending_events_.try_emplace(*event.key);
      if (!is_first) {
        ++batch->outcomes.duplicates;
        ++batch->open;
        pending->second.push_back(batch);
        return true;
      }
    }
    const bool whole = event.admitted.outcome() == Outcome::kQuarantined;
    ++(whole ? batch->outcomes.quarantined : batch->outcomes.accepted);
    return false;
  });
}

void Intake::accept(EventsRecord record, EventsDone done) {
  auto batch = std::make_shared<Batch>();
  batch->product = record.product;
  batch->done = std::move(done);
  bool waits = false;
  {
    const MutexLock lock(mutex_);
    leave_new(record, batch);
    if (!record.events.empty()) ++batch->open;
    waits = batch->open > 0;
  }
  if (!waits) return answer(batch);
  if (record.events.empty()) return;
  // Of what came again nothing is counted twice.
  sum_dropped(record);
  auto bytes = encode(record);
  // In the bytes. Given back here: another thread ends what is left of the request.
  batch->body_bytes.reserve(record.events.size());
  for (auto& event : record.events) {
    batch->body_bytes.push_back(event.admitted.body.size());
    std::string().swap(event.admitted.body);
  }
  batch->record = std::move(record);
  append(std::move(bytes),
         [this, batch](const Result<Position>& position) { on_durable(batch, position); });
}

void Intake::landed(const BatchPtr& batch, const Result<Position>& position,
                    std::vector<BatchPtr>& complete) {
  if (!position.ok()) batch->error = position.error();
  if (--batch->open == 0) complete.push_back(batch);
}

void Intake::landed(const RecordKey& key, Instant received, const Result<Position>& position,
                    std::vector<BatchPtr>& complete) {
  // It was not there when it set out, and what came again meanwhile waits.
  if (position.ok()) seen_events_.add_new(key, received);
  const auto pending = pending_events_.find(key);
  for (const auto& other : pending->second) landed(other, position, complete);
  pending_events_.erase(pending);
}

void Intake::on_durable(const BatchPtr& batch, const Result<Position>& position) {
  const auto& record = batch->record;
  std::vector<BatchPtr> complete;
  {
    const MutexLock lock(mutex_);
    for (const auto& event : record.events) {
      if (event.key) seen_events_.prefetch_newest(*event.key);
    }
    for (std::size_t i = 0; i < record.events.size(); ++i) {
      const auto& event = record.events[i];
      if (position.ok()) note(record, event, batch->body_bytes[i]);
      if (event.key) landed(*event.key, record.received, position, complete);
    }
    landed(batch, position, complete);
    landed_.notify_all();
  }
  for (const auto& one : complete) answer(one);
}

void Intake::note(const EventsRecord& record, const AdmittedEvent& event, std::size_t body_bytes) {
  auto* arrival = note(record.product, event.source, "");
  if (arrival == nullptr) return;
  arrival->received = record.received;
  arrival->protocol = record.protocol;
  arrival->event = event.name;
  arrival->outcome = name_of(event.admitted.outcome());
  arrival->bytes = body_bytes;
  add_rows(*arrival, event.admitted);
}

void Intake::accept(ReplayRecord record, Done done) {
  bool is_new = false, is_gone = false;
  {
    const MutexLock lock(mutex_);
    // Under the lock, so that forget_covered() finds everything that got past this line.
    is_gone = is_forgotten(record.product, record.installation, record.deletion);
    is_new = !is_gone && !seen_events_.contains(record.key) &&
             pending_events_.try_emplace(record.key).second;
  }
  if (is_gone) return done(Error{ErrorKind::kForbidden, "The installation asked to be forgotten."});
  if (!is_new) return done(Outcome::kDuplicate);
  const auto key = record.key;
  const auto outcome = record.outcome;
  append(encode(record), [this, key, outcome, done = std::move(done)](Result<Position> position) {
    {
      const MutexLock lock(mutex_);
      pending_events_.erase(key);
      if (position.ok()) seen_events_.add(key, clock_.now());
      landed_.notify_all();
    }
    done(position.ok() ? Result<Outcome>(outcome) : Result<Outcome>(std::move(position).error()));
  });
}

void Intake::answer(const BatchPtr& batch) {
  if (batch->error) return batch->done(*batch->error);
  if (batch->outcomes.duplicates > 0) {
    const MutexLock lock(mutex_);
    counts_[batch->product].duplicates += batch->outcomes.duplicates;
  }
  batch->done(batch->outcomes);
}

}  // namespace candor
