#include "server/record/intake.h"

#include <algorithm>

#include "base/log.h"
#include "base/pause.h"
#include "server/record/limits.h"

namespace candor {
Intake::Intake(Journal& journal, Seen seen, const Clock& clock, const Tombstones* forgotten)
    : journal_(journal),
      documents_folder_(std::move(seen.documents_folder)),
      events_folder_(std::move(seen.events_folder)),
      clock_(clock),
      forgotten_(forgotten),
      seen_(std::move(seen.documents)),
      seen_events_(std::move(seen.events)),
      told_(journal.state().last_durable),
      flusher_([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          pause(stop, kCountsInterval);
          flush_counts();
          spill_seen();
        }
      }) {}

Intake::~Intake() {
  flusher_ = {};
  flush_counts();
  const MutexLock lock(mutex_);
  while (in_flight_ > 0) landed_.wait(mutex_);
}

bool Intake::is_forgotten(std::string_view product, std::string_view installation,
                          std::string_view deletion) const {
  return forgotten_ != nullptr && forgotten_->covers(product, installation, deletion);
}

Intake::Begin Intake::begin(const DocumentRecord& record, const Done& done) {
  const MutexLock lock(mutex_);
  // Under the lock, so that forget_covered() finds everything that got past this line.
  if (is_forgotten(record.product, record.installation, record.deletion)) return Begin::kForgotten;
  if (const auto first = pending_.find(record.key); first != pending_.end()) {
    first->second.push_back({record, done});
    return Begin::kWaits;
  }
  if (seen_.contains(record.key)) return Begin::kDuplicate;
  pending_.emplace(record.key, std::vector<Waiting>());
  return Begin::kFirst;
}

void Intake::accept(DocumentRecord record, Done done) {
  switch (begin(record, done)) {
    case Begin::kWaits:
      return;
    case Begin::kDuplicate:
      return duplicate(record, done);
    case Begin::kForgotten:
      return done(Error{ErrorKind::kForbidden, "The installation asked to be forgotten."});
    case Begin::kFirst:
      break;
  }
  auto bytes = encode(record);
  append(std::move(bytes),
         [this, record = std::move(record), done = std::move(done)](Result<Position> position) {
           on_durable(record, std::move(position), done);
         });
}

void Intake::on_durable(const DocumentRecord& record, Result<Position> position, const Done& done) {
  std::vector<Waiting> waiting;
  const auto outcome = record.admitted.outcome();
  {
    const MutexLock lock(mutex_);
    waiting = std::move(pending_.extract(record.key).mapped());
    if (position.ok()) {
      seen_.add(record.key, record.received);
      note(record, outcome);
    }
    landed_.notify_all();
  }
  done(position.ok() ? Result<Outcome>(outcome) : Result<Outcome>(position.error()));
  for (const auto& again : waiting) {
    if (position.ok()) {
      duplicate(again.record, again.done);
    } else {
      again.done(position.error());
    }
  }
}

void Intake::duplicate(const DocumentRecord& record, const Done& done) {
  {
    const MutexLock lock(mutex_);
    ++counts_[record.product].duplicates;
    note(record, Outcome::kDuplicate);
  }
  done(Outcome::kDuplicate);
}

void Intake::refuse(const std::string& product, const std::string& protocol,
                    const std::string& reason, std::uint64_t count) {
  const MutexLock lock(mutex_);
  auto& refused = counts_[product].refused;
  const bool room = refused.contains(reason) || refused.size() < kMaxRefusalReasons;
  refused[room ? reason : "other"] += count;
  auto* arrival = note(product, "", "");
  if (arrival == nullptr) return;
  arrival->received = clock_.now();
  arrival->protocol = protocol;
  arrival->outcome = name_of(Outcome::kRefused);
  arrival->reason = reason;
  add_rows(*arrival, Admitted());
}

void Intake::forget_covered() {
  const MutexLock lock(mutex_);
  std::vector<RecordKey> under_way;
  for (const auto& [key, waiting] : pending_) under_way.push_back(key);
  for (const auto& key : under_way) {
    while (pending_.contains(key)) landed_.wait(mutex_);
  }
  under_way.clear();
  for (const auto& [key, waiting] : pending_events_) under_way.push_back(key);
  for (const auto& key : under_way) {
    while (pending_events_.contains(key)) landed_.wait(mutex_);
  }
  arrivals_.forget([this](const Arrival& arrival) {
    return is_forgotten(arrival.product, arrival.installation, arrival.deletion);
  });
}

Arrival* Intake::note(std::string_view product, std::string_view installation,
                      std::string_view deletion) {
  // What landed before forget_covered() may be noted after it: one that came again, for instance.
  if (is_forgotten(product, installation, deletion)) return nullptr;
  auto& arrival = arrivals_.next();
  arrival.product = product;
  arrival.installation = installation;
  arrival.deletion = deletion;
  return &arrival;
}

void Intake::note(const DocumentRecord& record, Outcome outcome) {
  auto* arrival = note(record.product, record.installation, record.deletion);
  if (arrival == nullptr) return;
  arrival->received = record.received;
  arrival->protocol = record.protocol;
  arrival->outcome = name_of(outcome);
  arrival->bytes = record.admitted.body.size();
  add_rows(*arrival, outcome == Outcome::kDuplicate ? Admitted() : record.admitted);
}

std::vector<Arrival> Intake::arrivals_after(std::uint64_t after, const std::string& product,
                                            std::size_t limit) const {
  const MutexLock lock(mutex_);
  return arrivals_.after(after, product, limit);
}

void Intake::flush_counts() {
  std::map<std::string, CountsRecord> counts;
  {
    const MutexLock lock(mutex_);
    counts.swap(counts_);
  }
  for (auto& [product, record] : counts) {
    record.product = product;
    record.received = clock_.now();
    append(encode(record), [this, record = record](const Result<Position>& position) {
      if (!position.ok()) put_back(record);
    });
  }
}

// The disk was full or failed: the figures stay in memory until it works again.
void Intake::put_back(const CountsRecord& record) {
  const MutexLock lock(mutex_);
  auto& counts = counts_[record.product];
  counts.duplicates += record.duplicates;
  for (const auto& [reason, count] : record.refused) counts.refused[reason] += count;
}

SeenEvents Intake::seen_events() const {
  const MutexLock lock(mutex_);
  return {seen_events_.size(), seen_events_.let_go()};
}

Status Intake::release(Position loaded) {
  const MutexLock one_at_a_time(release_mutex_);
  if (const auto let_go = seen_events().let_go; let_go > told_let_go_) {
    log_warning(
        "more than {} events came today and yesterday: {} of them are not recognised any more when "
        "they come again",
        kMaxSeenEvents, let_go - std::exchange(told_let_go_, let_go));
  }
  Position remembered;
  {
    const MutexLock lock(mutex_);
    // With nothing under way all is told; the end of the journal may be of others, who have no
    // keys.
    remembered = in_flight_ == 0 ? loaded : std::min(loaded, told_);
  }
  CANDOR_TRY(keep_seen(&Intake::seen_, documents_folder_));
  CANDOR_TRY(keep_seen(&Intake::seen_events_, events_folder_));
  return journal_.release(remembered);
}

// A store that is away lets nothing be released: what is remembered then goes to the files, too, so
// that it is not kept in memory twice.
void Intake::spill_seen() {
  const MutexLock one_at_a_time(release_mutex_);
  bool are_many = false;
  Position told;
  {
    const MutexLock lock(mutex_);
    const auto bytes = std::max(seen_.unwritten_bytes(), seen_events_.unwritten_bytes());
    are_many = bytes > kMaxUnwrittenKeyBytes;
    told = told_;
  }
  // A disk that is full is told by the journal; the keys stay in memory until the next time.
  if (are_many) {
    (void)spill_seen(&Intake::seen_, documents_folder_, told);
    (void)spill_seen(&Intake::seen_events_, events_folder_, told);
  }
  move_full_sets(&Intake::seen_, documents_folder_);
  move_full_sets(&Intake::seen_events_, events_folder_);
}

Status Intake::spill_seen(SeenDocuments Intake::*seen, const Path& folder, Position told) {
  CANDOR_TRY(keep_seen(seen, folder));
  return SeenDocuments::cover(folder, told);
}

void Intake::move_full_sets(SeenDocuments Intake::*seen, const Path& folder) {
  for (;;) {
    std::shared_ptr<const KeySet> keys;
    {
      const MutexLock lock(mutex_);
      keys = (this->*seen).full_set();
    }
    if (!keys) return;
    auto file = KeyFile::write(folder, *keys);
    if (!file.ok()) return;
    const MutexLock lock(mutex_);
    (this->*seen).replace(keys, *std::move(file));
  }
}

Status Intake::keep_seen(SeenDocuments Intake::*seen, const Path& folder) {
  SeenDocuments::Unwritten keys;
  std::size_t most = 0;
  {
    const MutexLock lock(mutex_);
    keys = (this->*seen).take_unwritten();
    most = (this->*seen).most();
  }
  // Without the lock: requests ask for it and must not wait for the disk.
  auto written = SeenDocuments::write(folder, keys, most);
  std::int64_t oldest = 0;
  std::vector<SeenDocuments::Generation> gone;  // behind the lock
  {
    const MutexLock lock(mutex_);
    gone = (this->*seen).take_gone();
    if (!written.ok()) {
      (this->*seen).give_back(keys);
      return written;
    }
    oldest = (this->*seen).forget_old(clock_.now());
  }
  return SeenDocuments::remove_old(folder, oldest);
}

}  // namespace candor
