#include "agent/gathering.h"

#include <algorithm>
#include <utility>

#include "agent/events.h"
#include "agent/programs/limits.h"
#include "agent/programs/members.h"
#include "agent/programs/rings.h"
#include "agent/programs/seen.h"

namespace candor {
namespace {

// What became of the report that was about to be pending.
void settle_telling(ProgramBooks& books, const StateFolder& state) {
  if (!books.telling) return;
  if (Outbox(state).find(books.telling->report)) books.told = std::move(books.telling->told);
  books.telling.reset();
}

// Rings that are gone count no more, and need not be known.
void forget_removed(ProgramBooks& books, const StateFolder& programs) {
  std::erase_if(books.rings, [&](const auto& name) { return !programs.has(name); });
}

// All that was ever counted. Requires the rings' lock.
CountedTotals all_counted(const StateFolder& programs, const ProgramBooks& books,
                          const std::vector<std::string>& names) {
  auto totals = books.ended;
  for (const auto& name : names) {
    if (books.rings.contains(name)) continue;
    auto ring = OpenRing::open(programs, name);
    const auto* view = ring ? ring->read() : nullptr;
    if (view != nullptr) add(totals, *view);
  }
  return totals;
}

// What is in books that are damaged nobody knows: new ones are begun, and what was recorded until
// now counts as told.
Result<ProgramBooks> open_books(const StateFolder& programs,
                                const std::vector<std::string>& names) {
  auto books = read_program_books(programs);
  if (books.ok() || books.error().kind != ErrorKind::kBadData) return books;
  ProgramBooks anew;
  anew.told = all_counted(programs, anew, names);
  CANDOR_TRY(write_program_books(programs, anew));
  return anew;
}

// One going through all rings.
class Gatherer {
 public:
  Gatherer(const Agent& agent, std::string installation, EventLeavePtr leave)
      : agent_(agent),
        programs_(programs_of(agent.state())),
        installation_(std::move(installation)),
        leave_(std::move(leave)),
        why_none_(leave_ || agent.agreed_fields().ok() ? "channel_off" : "not_agreed") {}

  Result<Gathered> gather() {
    remove_unfinished_rings(programs_, agent_.world().clock->now());
    CANDOR_ASSIGN(names, ring_names(programs_));
    CANDOR_ASSIGN(books, open_books(programs_, names));
    books_ = std::move(books);
    for (const auto& name : names) CANDOR_TRY(take(name));
    CANDOR_TRY(keep());
    if (is_changed_) {
      forget_removed(books_, programs_);
      CANDOR_TRY(write_program_books(programs_, books_));
    }
    for (const auto& name : ended_) CANDOR_TRY(programs_.remove(name));
    keep_sightings();
    return gathered_;
  }

 private:
  Status take(const std::string& name) {
    if (books_.rings.contains(name)) {
      ended_.push_back(name);
      return Ok{};
    }
    auto ring = OpenRing::open(programs_, name);
    if (!ring) return Ok{};
    const bool has_ended = ring->program() == ProgramState::kEnded;
    const auto* view = ring->read();
    if (view == nullptr) {
      if (has_ended) give_up(name);
      return Ok{};
    }
    const auto recorded = read_recorded(*view, ring->program());
    for (const auto& event : recorded.events) {
      if (books_.since && event.began < *books_.since) {
        stay("before_decision");
        continue;
      }
      note_plugin(event);
      CANDOR_TRY(add(event, recorded.is_automation));
    }
    books_.damaged += recorded.is_damaged ? 1 : 0;
    if (has_ended) {
      candor::add(books_.ended, *view);
      books_.dropped += recorded.dropped;
      leave_behind(name);
      return Ok{};
    }
    // Only what is on the disk is taken.
    CANDOR_TRY(keep());
    return ring->took(recorded.taken);
  }

  void give_up(const std::string& name) {
    ++books_.damaged;
    leave_behind(name);
  }

  void leave_behind(const std::string& name) {
    books_.rings.insert(name);
    ended_.push_back(name);
    is_changed_ = true;
  }

  Status add(const ProgramEvent& event, bool is_automation) {
    if (!leave_) {
      stay(why_none_);
      return Ok{};
    }
    auto passed = leave_->sieve->pass(event.id, event.name, installation_, event.document, event.at,
                                      Texts::kHashed);
    if (!passed.event) {
      stay(passed.why_not);
      return Ok{};
    }
    if (is_automation) passed.event->mark_automation();
    bytes_ += passed.event->bytes();
    waiting_.push_back(*std::move(passed.event));
    const bool is_file =
        waiting_.size() >= kMaxProgramEventsInFile || bytes_ >= kMaxProgramEventFileBytes;
    return is_file ? keep() : Status(Ok{});
  }

  // For `candor advise`: what ran here is looked up here.
  void note_plugin(const ProgramEvent& event) {
    const auto* declared = agent_.contract().event(event.name);
    if (declared == nullptr || !declared->health) return;
    const auto& health = *declared->health;
    sightings_.push_back({event.name, text_at(event.document, health.name),
                          text_at(event.document, health.version), event.at,
                          text_at(event.document, health.state)});
  }

  // One that is lost costs an advice.
  void keep_sightings() const {
    if (sightings_.empty()) return;
    const auto lock = agent_.state().lock();
    const auto decision = agent_.decision();
    if (!lock.ok() || !decision.ok() || decision->mode != Mode::kOn) return;
    [[maybe_unused]] const auto ignored = add_seen(agent_.state(), sightings_);
  }

  void stay(std::string_view why) {
    ++books_.stayed[std::string(why)];
    is_changed_ = true;
  }

  Status keep() {
    if (waiting_.empty()) return Ok{};
    const EventHarvest harvest{std::exchange(waiting_, {}), leave_};
    const auto kept = keep_events(programs_, harvest, agent_.world().clock->now(),
                                  [](const std::string&) { return Status(Ok{}); });
    if (!kept.ok()) return kept.error();
    bytes_ = 0;
    is_changed_ = true;
    books_.events += harvest.events.size();
    gathered_.events += harvest.events.size();
    ++gathered_.files;
    return Ok{};
  }

  const Agent& agent_;
  const StateFolder programs_;
  const std::string installation_;
  const EventLeavePtr leave_;
  const std::string_view why_none_;  // may leave, where there is no leave
  ProgramBooks books_;
  std::vector<std::string> ended_;  // to be removed, once that is on the disk
  std::vector<Sighting> sightings_;
  std::vector<LeavingEvent> waiting_;
  std::size_t bytes_ = 0;
  bool is_changed_ = false;  // the books
  Gathered gathered_;
};

}  // namespace

Result<Gathered> gather(const std::shared_ptr<const Agent>& agent) {
  const auto programs = programs_of(agent->state());
  CANDOR_ASSIGN(decision, agent->decision());
  if (decision.mode != Mode::kOn || !agent->state().has(library::kFolder)) return Gathered();
  CANDOR_ASSIGN(leave, event_leave(agent));
  CANDOR_ASSIGN(identity, read_identity(agent->state()));
  if (!identity) return Gathered();
  CANDOR_ASSIGN(lock, lock_rings(programs));
  return Gatherer(*agent, identity->installation, std::move(leave)).gather();
}

Status drop_recorded(const StateFolder& state, Instant now) {
  const auto programs = programs_of(state);
  if (!state.has(library::kFolder)) return Ok{};
  CANDOR_ASSIGN(lock, lock_rings(programs));
  CANDOR_ASSIGN(names, ring_names(programs));
  ProgramBooks books;
  books.since = now;
  std::vector<std::string> ended;
  for (const auto& name : names) {
    auto ring = OpenRing::open(programs, name);
    const auto* view = ring ? ring->read() : nullptr;
    const bool has_ended = ring && ring->program() == ProgramState::kEnded;
    if (has_ended) ended.push_back(name);
    if (view == nullptr || has_ended) continue;
    CANDOR_TRY(ring->took(read_recorded(*view, ring->program()).taken));
    add(books.told, *view);
  }
  for (const auto& name : ended) CANDOR_TRY(programs.remove(name));
  return write_program_books(programs, books);
}

Result<CountedNow> counted_now(const StateFolder& state, const Contract& contract) {
  if (!state.has(library::kFolder)) return CountedNow();
  const auto programs = programs_of(state);
  CANDOR_ASSIGN(lock, lock_rings(programs));
  CANDOR_ASSIGN(names, ring_names(programs));
  CANDOR_ASSIGN(books, open_books(programs, names));
  settle_telling(books, state);
  CountedNow counted;
  counted.totals = all_counted(programs, books, names);
  counted.members = report_members(contract, came_since(books.told, counted.totals));
  return counted;
}

Status note_telling(const StateFolder& state, const std::string& report, CountedTotals totals) {
  const auto programs = programs_of(state);
  CANDOR_ASSIGN(lock, lock_rings(programs));
  CANDOR_ASSIGN(names, ring_names(programs));
  CANDOR_ASSIGN(books, open_books(programs, names));
  settle_telling(books, state);
  books.telling = {report, std::move(totals)};
  return write_program_books(programs, books);
}

Status pass_over_counts(const Agent& agent) {
  if (!agent.state().has(library::kFolder)) return Ok{};
  const auto programs = programs_of(agent.state());
  CANDOR_ASSIGN(lock, lock_rings(programs));
  CANDOR_ASSIGN(names, ring_names(programs));
  CANDOR_ASSIGN(books, open_books(programs, names));
  settle_telling(books, agent.state());
  const auto on = agent.leaving_channels();
  for (auto& [key, total] : all_counted(programs, books, names)) {
    const auto* field = counted_field(agent.contract(), key);
    const bool leaves =
        field != nullptr && on.contains(agent.contract().channels[field->channel].name);
    if (!leaves) books.told[key] = total;
  }
  return write_program_books(programs, books);
}

}  // namespace candor
