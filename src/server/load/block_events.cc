// Rows of events, and of what was replayed.
#include <fmt/format.h>

#include <cstring>

#include "base/digest.h"
#include "base/json.h"
#include "server/load/block.h"

namespace candor {
namespace {

// The columns of candor.events in the order of the table.
enum Column {
  kProduct,
  kName,
  kDay,
  kAt,
  kId,
  kSource,
  kReceived,
  kProtocol,
  kContract,
  kVersion,
  kAgain,
  kAutomation,
  kBody
};

// What the figures and crashes of a replayed record are dated: of equal versions any may count, so
// theirs is greater than that of the time before.
Instant after_replay(const ReplayRecord& record) {
  return record.at + Millis(static_cast<std::int64_t>(record.turn) + 1);
}

using EventId = std::array<char, 16>;

// As to_hex(RecordKey) has it.
EventId id_of(const RecordKey& key) {
  EventId id;
  std::memcpy(id.data(), &key.high, sizeof key.high);
  std::memcpy(id.data() + sizeof key.high, &key.low, sizeof key.low);
  return id;
}

// One without an id of its own has its place in the journal: twelve bytes of the record, four of
// the event in it, the greatest first.
EventId id_of(Position position, std::size_t index) {
  EventId id{};
  for (std::size_t i = 0; i < 8; ++i)
    id[4 + i] = static_cast<char>(position.value >> (8 * (7 - i)));
  for (std::size_t i = 0; i < 4; ++i) id[12 + i] = static_cast<char>(index >> (8 * (3 - i)));
  return id;
}

EventId id_of(const std::string& hex) {
  EventId id{};
  const auto bytes = from_hex(hex).value_or("");
  bytes.copy(id.data(), id.size());
  return id;
}

}  // namespace

std::vector<NativeColumn> event_columns() {
  return {{"product", "String"},    {"name", "String"},        {"day", "Date"},
          {"at", "UInt64"},         {"id", "FixedString(16)"}, {"source", "String"},
          {"received", "DateTime"}, {"protocol", "String"},    {"contract", "FixedString(32)"},
          {"version", "UInt64"},    {"again", "UInt8"},        {"automation", "UInt8"},
          {"body", "String"}};
}

void BlockBuilder::add_events(const EventsView& record, Position position) {
  const auto day = day_of(record.received);
  auto& known = known_.of(record.contract, record.product);
  std::array<std::uint64_t, 3> outcomes{};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < record.events.size(); ++i) {
    const auto& event = record.events[i];
    const auto outcome = event.outcome();
    ++outcomes[static_cast<std::size_t>(outcome)];
    const auto id = event.key ? id_of(*event.key) : id_of(position, i);
    if (outcome != Outcome::kQuarantined) {
      known_.roll_up(known, event, day_of(event.at));
      add_event(record, known, event, id, position, event.at);
      ++kept;
    }
    if (!event.quarantined.empty()) add_held_event(record, event, id, position);
  }
  end_events(record, known, position, false, kept);
  add_dropped(record.product, day, record.dropped);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i] > 0)
      count(record.product, day, name_of(static_cast<Outcome>(i)), "", outcomes[i]);
  }
}

void BlockBuilder::add_held_event(const EventsView& record, const EventView& event,
                                  const EventId& id, Position position) {
  const bool whole = event.outcome() == Outcome::kQuarantined;
  const auto name = to_hex({id.data(), id.size()});
  for (const auto& row : event.quarantined) {
    add_held({.product = record.product,
              .received = record.received,
              .record = position.value,
              .kind = "event",
              .id = name,
              .event = event.name,
              .at = event.at,
              .protocol = record.protocol,
              .contract = record.contract,
              .installation = event.source,
              .body = whole ? event.body : "",
              .automation = event.automation},
             row);
  }
}

void BlockBuilder::add_event(const EventsView& record, KnownContract& known, const EventView& event,
                             const EventId& id, Position position, Instant part_version) {
  events_[kName].text(event.name);
  events_[kDay].date(day_of(event.at));
  events_[kAt].u64(static_cast<std::uint64_t>(to_unix_millis(event.at)));
  events_[kId].raw(id.data(), id.size());
  events_[kSource].text(event.source);
  events_[kAutomation].u8(event.automation);
  events_[kBody].text(event.body);
  const auto* declared = known.event(event.name);
  if (declared == nullptr) return;
  if (declared->is_part) add_part(record, event, part_version);
  if (declared->health) add_runs(record.product, *declared->health, event, id, position);
  if (declared->has_lookup) {
    add_lookups(std::string(record.product), *known.contract, event.name, std::string(event.source),
                "", event.at, event.body);
  }
}

void BlockBuilder::end_events(const EventsView& record, const KnownContract& known,
                              Position position, bool again, std::size_t events) {
  const auto text = [](std::string_view value) {
    std::string bytes;
    append_count(bytes, value.size());
    return bytes += value;
  };
  const auto number = [](auto value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof value);
  };
  events_[kProduct].repeat(text(record.product), events);
  events_[kReceived].repeat(number(static_cast<std::uint32_t>(to_unix_seconds(record.received))),
                            events);
  events_[kProtocol].repeat(text(record.protocol), events);
  events_[kContract].repeat(known.hash, events);
  events_[kVersion].repeat(number(position.value), events);
  events_[kAgain].repeat(number(std::uint8_t{again}), events);
  events_.add_rows(events);
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
    const EventsView events{
        record.product, record.protocol, record.contract, record.received, {}, {}};
    const EventView event{.name = record.event,
                          .at = record.at,
                          .source = record.installation,
                          .automation = record.automation,
                          .kept_values = record.admitted.kept_values,
                          .body = record.admitted.body};
    // Its day's figures are made anew, so nothing is added to them here.
    auto& known = known_.of(record.contract, record.product);
    add_event(events, known, event, id_of(record.id), position, after_replay(record));
    end_events(events, known, position, true, 1);
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
              .installation = record.installation,
              .automation = record.automation};
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
  members_.read(record.admitted.body);
  add_crashes(record, after_replay(replay));
  record.reported = after_replay(replay);
  add_figures(record, replay.at);
}

void BlockBuilder::add_part(const EventsView& record, const EventView& event, Instant version) {
  if (event.source.empty()) return;
  const auto& known = known_.of(record.contract, record.product);
  const auto& member = known.contract->event(event.name)->report;
  DocumentRecord part;
  part.product = record.product;
  part.contract = record.contract;
  part.installation = event.source;
  part.reported = version;
  part.automation = event.automation;
  members_.read(fmt::format("{{{}:{}}}", to_line(Json(member)), event.body));
  add_value(part, event.at, "", InsightValue{true, 1, ""});
  add_figures(part, event.at, member);
}

}  // namespace candor
