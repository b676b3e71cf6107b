#include "server/load/block.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace candor {
namespace {

// What an event without a name is called in quarantine.
constexpr std::string_view kNoName = "(no name)";

// What the figures of a replayed record are dated: of equal versions any may count, so theirs is
// greater than that of the time before.
Instant after_replay(const ReplayRecord& record) {
  return record.at + Millis(static_cast<std::int64_t>(record.turn) + 1);
}

// "20261120-070000", as smartctl's samples are called; nothing for another text.
std::optional<Instant> time_of_stamp(std::string_view stamp) {
  if (stamp.size() != 15 || stamp[8] != '-') return std::nullopt;
  const auto part = [&](std::size_t from, std::size_t count) { return stamp.substr(from, count); };
  return parse_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2),
                                   part(9, 2), part(11, 2), part(13, 2)));
}

}  // namespace

Status BlockBuilder::add(const JournalRecord& entry) {
  CANDOR_ASSIGN(record, decode_record(entry.bytes));
  if (const auto* document = std::get_if<DocumentRecord>(&record)) {
    add_document(*document, entry.position);
  } else if (const auto* events = std::get_if<EventsRecord>(&record)) {
    add_events(*events, entry.position);
  } else if (const auto* replay = std::get_if<ReplayRecord>(&record)) {
    add_replay(*replay, entry.position);
  } else if (const auto* samples = std::get_if<SamplesRecord>(&record)) {
    add_samples(*samples, entry.position);
  } else {
    add_counts(std::get<CountsRecord>(record));
  }
  return Ok{};
}

void BlockBuilder::add_document(const DocumentRecord& record, Position position) {
  const auto day = day_of(record.received);
  if (forgotten_ == nullptr ||
      !forgotten_->covers(record.product, record.installation, record.deletion)) {
    if (record.kind == DocumentRecord::Kind::kReport) {
      add_report(record);
    } else {
      add_device(record);
    }
    add_quarantined(record, position);
  }
  add_dropped(record.product, day, record.admitted.dropped);
  count(record.product, day, name_of(record.admitted.outcome()), "", 1);
}

void BlockBuilder::add_dropped(const std::string& product, std::int64_t day,
                               const std::vector<Dropped>& rows) {
  for (const auto& row : rows) {
    drops_.text(product)
        .date(day)
        .text(row.path)
        .text(row.type)
        .text(name_of(row.problem))
        .u64(row.count);
  }
}

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

// The report takes the place of the one before, and each figure that of its.
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
  record.reported = after_replay(replay);
  add_figures(record, replay.at);
}

void BlockBuilder::add_samples(const SamplesRecord& record, Position position) {
  const auto day = day_of(record.received);
  for (const auto& series : record.admitted.series) {
    for (const auto& sample : series.samples) {
      samples_.text(record.product)
          .text(series.metric)
          .text(series.labels)
          .text(series.installation)
          .date(day_of(from_unix_millis(sample.at)))
          .u64(static_cast<std::uint64_t>(sample.at))
          .u64(sample.tag)
          .f64(sample.value)
          .date_time(to_unix_seconds(record.received))
          .text(record.protocol)
          .text(record.contract)
          .u64(position.value);
    }
  }
  add_dropped(record.product, day, record.admitted.dropped);
  const auto& admitted = record.admitted;
  if (admitted.accepted > 0)
    count(record.product, day, name_of(Outcome::kAccepted), "", admitted.accepted);
  if (admitted.quarantined > 0)
    count(record.product, day, name_of(Outcome::kQuarantined), "", admitted.quarantined);
}

void BlockBuilder::add_quarantined(const DocumentRecord& record, Position position) {
  // A device report names no installation; its place in the journal would say which report came
  // beside it.
  const auto place = record.kind == DocumentRecord::Kind::kDevice ? 0 : position.value;
  const bool device = record.kind == DocumentRecord::Kind::kDevice;
  const auto id = to_hex(record.key);
  for (const auto& row : record.admitted.quarantined) {
    add_held({.product = record.product,
              .received = record.received,
              .record = place,
              .kind = device ? "device" : "report",
              .id = id,
              .at = record.reported,
              .protocol = record.protocol,
              .contract = record.contract,
              .installation = record.installation},
             row);
  }
}

void BlockBuilder::add_held(const HeldRow& row, const Quarantined& value) {
  // What is in quarantine by its name alone is told by it.
  const bool whole = row.event.empty() || value.path.empty();
  const auto name = row.event.empty() ? kNoName : row.event;
  add_held(row,
           value.path.empty() ? std::string(name)
           : whole            ? value.path
                              : path_in_event(row.event, value.path),
           value);
}

void BlockBuilder::add_held(const HeldRow& row, std::string_view path, const Quarantined& value) {
  quarantine_.text(row.product)
      .date(day_of(row.received))
      .date_time(to_unix_seconds(row.received))
      .u64(row.record)
      .text(row.kind)
      .text(row.id)
      .text(row.event)
      .u64(static_cast<std::uint64_t>(to_unix_millis(row.at)))
      .text(row.protocol)
      .text(row.contract)
      .text(row.installation)
      .text(path)
      .text(value.type)
      .text(name_of(value.problem))
      .text(value.value)
      .text(value.place)
      .text(row.body)
      .u8(row.state);
}

void BlockBuilder::add_report(const DocumentRecord& record) {
  add_report_row(record);
  add_value(record, record.reported, "", InsightValue{true, 1, ""});
  add_figures(record, record.reported);
}

void BlockBuilder::add_report_row(const DocumentRecord& record) {
  const auto version = static_cast<std::uint64_t>(to_unix_millis(record.reported));
  reports_.text(record.product)
      .date(day_of(record.reported))
      .u8(record.simulated)
      .text(record.installation)
      .u64(version)
      .date_time(to_unix_seconds(record.received))
      .text(record.protocol)
      .text(record.contract)
      .u8(record.automation)
      .text(record.deletion)
      .text(record.admitted.body);
  add_crashes(record);
  add_lookups(record.product, record.contract, "", record.installation, record.deletion,
              record.reported, record.admitted.body);
}

// `at` is the report's own time, which its day is of; `reported` decides which one is newer.
void BlockBuilder::add_figures(const DocumentRecord& record, Instant at, Of of) {
  InsightReader* reader = insights_of(record.contract);
  if (reader == nullptr) return;
  const auto values = reader->read(record.admitted.body);
  if (!values.ok()) return;
  const auto& insights = catalogue_.contract(record.contract)->insights;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const auto& value = (*values)[i];
    if (!insights[i].event.empty() || (of == Of::kPart && !value.present)) continue;
    add_value(record, at, insights[i].name, value);
  }
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
  add_figures(part, event.at, Of::kPart);
}

void BlockBuilder::add_value(const DocumentRecord& record, Instant at, std::string_view insight,
                             const InsightValue& value) {
  values_.text(record.product)
      .u8(record.simulated)
      .text(insight)
      .date(day_of(at))
      .text(record.installation)
      .u8(record.automation)
      .u64(static_cast<std::uint64_t>(to_unix_millis(record.reported)))
      .u8(value.present)
      .f64(value.number)
      .text(value.text);
}

void BlockBuilder::add_device(const DocumentRecord& record) {
  // {"devices": {anonymous id of the device: {time of the sample: …}}}
  const auto body = parse_json(record.admitted.body);
  const Json* devices = body.ok() ? find_member(*body, "devices") : nullptr;
  if (devices == nullptr || !devices->is_object()) return;
  for (const auto& [device, samples] : devices->items()) {
    if (!samples.is_object()) continue;
    // A row a sample: clients send one again for as long as it is in their window.
    for (const auto& [stamp, sample] : samples.items()) {
      const auto at = to_unix_millis(time_of_stamp(stamp).value_or(record.reported));
      devices_.text(record.product)
          .date(day_of(record.reported))
          .text(device)
          .u64(static_cast<std::uint64_t>(std::max<std::int64_t>(at, 0)))
          .date_time(to_unix_seconds(record.received))
          .text(record.contract)
          .text(to_line(Json{{stamp, sample}}));
    }
  }
}

void BlockBuilder::add_counts(const CountsRecord& record) {
  const auto day = day_of(record.received);
  if (record.duplicates > 0)
    count(record.product, day, name_of(Outcome::kDuplicate), "", record.duplicates);
  for (const auto& [reason, number] : record.refused) {
    count(record.product, day, name_of(Outcome::kRefused), reason, number);
  }
}

void BlockBuilder::count(const std::string& product, std::int64_t day, std::string_view outcome,
                         std::string_view reason, std::uint64_t count) {
  accounting_.text(product).date(day).text(outcome).text(reason).u64(count);
}

InsightReader* BlockBuilder::insights_of(const std::string& contract) {
  const auto known = readers_.find(contract);
  if (known != readers_.end()) return known->second.get();
  const auto parsed = catalogue_.contract(contract);
  auto reader = parsed ? std::make_unique<InsightReader>(*parsed) : nullptr;
  return readers_.emplace(contract, std::move(reader)).first->second.get();
}

std::vector<BlockBuilder::Part> BlockBuilder::take() {
  std::vector<Part> parts;
  for (auto& [table, rows] : {std::pair<BlockTable, RowBinary*>{kReports, &reports_},
                              {kReportValues, &values_},
                              {kDeviceReports, &devices_},
                              {kEvents, &events_},
                              {kSamples, &samples_},
                              {kCrashes, &crashes_},
                              {kLookups, &lookups_},
                              {kQuarantine, &quarantine_},
                              {kDrops, &drops_},
                              {kAccounting, &accounting_}}) {
    if (!rows->empty()) parts.push_back({table, std::exchange(*rows, RowBinary())});
  }
  return parts;
}

}  // namespace candor
