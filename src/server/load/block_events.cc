// Rows of events, and of what was replayed.
#include <fmt/format.h>

#include "base/json.h"
#include "server/load/block.h"

namespace candor {
namespace {

// What the figures and crashes of a replayed record are dated: of equal versions any may count, so
// theirs is greater than that of the time before.
Instant after_replay(const ReplayRecord& record) {
  return record.at + Millis(static_cast<std::int64_t>(record.turn) + 1);
}

}  // namespace

void BlockBuilder::add_events(const EventsRecord& record, Position position) {
  const auto day = day_of(record.received);
  std::map<std::string_view, std::uint64_t> outcomes;
  for (std::size_t i = 0; i < record.events.size(); ++i) {
    const auto& event = record.events[i];
    ++outcomes[name_of(event.admitted.outcome())];
    // One without an id of its own has its place in the journal.
    const auto id =
        event.key ? to_hex(*event.key) : fmt::format("{:024x}{:08x}", position.value, i);
    if (event.admitted.outcome() != Outcome::kQuarantined) {
      add_event(record, event, id, position);
      add_part(record, event, event.at);
    }
    const bool whole = event.admitted.outcome() == Outcome::kQuarantined;
    for (const auto& row : event.admitted.quarantined) {
      add_held({.product = record.product,
                .received = record.received,
                .record = position.value,
                .kind = "event",
                .id = id,
                .event = event.name,
                .at = event.at,
                .protocol = record.protocol,
                .contract = record.contract,
                .installation = event.source,
                .body = whole ? std::string_view(event.admitted.body) : ""},
               row);
    }
  }
  add_dropped(record.product, day, record.dropped);
  for (const auto& [outcome, number] : outcomes) count(record.product, day, outcome, "", number);
}

void BlockBuilder::add_event(const EventsRecord& record, const AdmittedEvent& event,
                             const std::string& id, Position position) {
  std::vector<EventFact> facts;
  if (auto* reader = insights_of(record.contract)) {
    auto read = reader->read_event(event.name, event.admitted.body);
    if (read.ok()) facts = *std::move(read);
  }
  events_.text(record.product)
      .text(event.name)
      .date(day_of(event.at))
      .u64(static_cast<std::uint64_t>(to_unix_millis(event.at)))
      .text(id)
      .text(event.source)
      .date_time(to_unix_seconds(record.received))
      .text(record.protocol)
      .text(record.contract)
      .u64(position.value)
      .text(event.admitted.body);
  // The event itself, then what it adds to each figure.
  events_.count(facts.size() + 1).text("");
  for (const auto& fact : facts) events_.text(fact.insight->name);
  events_.count(facts.size() + 1).text(event.name);
  for (const auto& fact : facts) events_.text(fact.value);
  events_.count(facts.size() + 1).text("");
  for (const auto& fact : facts) events_.text(fact.bucket);
  events_.count(facts.size() + 1).f64(1);
  for (const auto& fact : facts) events_.f64(fact.number);
  add_lookups(record.product, record.contract, event.name, event.source, "", event.at,
              event.admitted.body);
}

void BlockBuilder::add_replay(const ReplayRecord& record, Position position) {
  const auto day = day_of(record.received);
  const auto now = record.outcome;
  // What it was counted as before is taken back; sums of the store wrap around.
  if (now != record.before) {
    count(record.product, day, name_of(record.before), "", ~std::uint64_t{0});
    count(record.product, day, name_of(now), "", 1);
  }
  if (forgotten_ != nullptr &&
      forgotten_->covers(record.product, record.installation, record.deletion))
    return;
  if (record.of == ReplayRecord::Of::kReport) {
    add_replayed_report(record);
  } else if (now != Outcome::kQuarantined) {
    EventsRecord events;
    events.product = record.product;
    events.protocol = record.protocol;
    events.contract = record.contract;
    events.received = record.received;
    const AdmittedEvent event{record.event, record.at, record.installation, std::nullopt,
                              record.admitted};
    add_event(events, event, record.id, position);
    add_part(events, event, after_replay(record));
    days_.emplace(record.product, day_of(record.at));
  }
  HeldRow row{.product = record.product,
              .received = record.received,
              .record = record.record,
              .kind = name_of(record.of),
              .id = record.id,
              .event = record.event,
              .at = record.at,
              .protocol = record.protocol,
              .contract = record.contract,
              .installation = record.installation};
  for (const auto& value : record.admitted.quarantined) add_held(row, value);
  row.state = kReplayed;
  for (const auto& fitted : record.fitted)
    add_held(row, fitted.path, {"", "", Problem::kWrongType, "", fitted.place});
}

// The report takes the place of the one before, and each figure and crash that of its.
void BlockBuilder::add_replayed_report(const ReplayRecord& replay) {
  DocumentRecord record;
  record.product = replay.product;
  record.protocol = replay.protocol;
  record.contract = replay.contract;
  record.installation = replay.installation;
  record.deletion = replay.deletion;
  record.simulated = replay.simulated;
  record.automation = replay.automation;
  record.reported = replay.at;
  record.received = replay.received;
  record.admitted = replay.admitted;
  add_report_row(record);
  add_crashes(record, after_replay(replay));
  record.reported = after_replay(replay);
  add_figures(record, replay.at);
}

void BlockBuilder::add_part(const EventsRecord& record, const AdmittedEvent& event,
                            Instant version) {
  const auto contract = catalogue_.contract(record.contract);
  const auto* declared = contract ? contract->event(event.name) : nullptr;
  if (declared == nullptr || declared->report.empty() || event.source.empty()) return;
  DocumentRecord part;
  part.product = record.product;
  part.contract = record.contract;
  part.installation = event.source;
  part.reported = version;
  part.admitted.body =
      fmt::format("{{{}:{}}}", to_line(Json(declared->report)), event.admitted.body);
  add_value(part, event.at, "", InsightValue{true, 1, ""});
  add_figures(part, event.at, declared->report);
}

}  // namespace candor
