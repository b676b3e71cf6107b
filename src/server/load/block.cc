#include "server/load/block.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace candor {
namespace {

// What an event without a name is called in quarantine.
constexpr std::string_view kNoName = "(no name)";

// "20261120-070000", as smartctl's samples are called; nothing for another text.
std::optional<Instant> time_of_stamp(std::string_view stamp) {
  if (stamp.size() != 15 || stamp[8] != '-') return std::nullopt;
  const auto part = [&](std::size_t from, std::size_t count) { return stamp.substr(from, count); };
  return parse_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}Z", part(0, 4), part(4, 2), part(6, 2),
                                   part(9, 2), part(11, 2), part(13, 2)));
}

// Whether only that member of a report can give the figure.
bool is_all_within(const Insight& insight, std::string_view member) {
  return std::ranges::all_of(insight.paths, [&](std::string_view path) {
    return path.starts_with(member) && path.substr(member.size()).starts_with('.');
  });
}

}  // namespace

BlockBuilder::BlockBuilder(const Catalogue& catalogue, const Tombstones* forgotten)
    : forgotten_(forgotten), known_(catalogue, daily_), events_(event_columns()) {}

Status BlockBuilder::add(const JournalRecord& entry) {
  if (is_events_record(entry.bytes)) {
    CANDOR_ASSIGN(events, view_events(entry.bytes));
    last_ = entry.position.value;
    add_events(events, entry.position);
    return Ok{};
  }
  CANDOR_ASSIGN(record, decode_record(entry.bytes));
  last_ = entry.position.value;
  if (const auto* document = std::get_if<DocumentRecord>(&record)) {
    add_document(*document, entry.position);
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

void BlockBuilder::add_dropped(std::string_view product, std::int64_t day,
                               const std::vector<Dropped>& rows) {
  for (const auto& row : rows)
    dropped_.add({product, row.path, row.type, name_of(row.problem)}, day, row.count);
}

void BlockBuilder::add_samples(const SamplesRecord& record, Position position) {
  const auto day = day_of(record.received);
  samples_.add(record, position);
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
      .u8(row.state)
      .u8(row.automation);
}

void BlockBuilder::add_report(const DocumentRecord& record) {
  add_report_row(record);
  members_.read(record.admitted.body);
  add_crashes(record, record.reported);
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
  // Support looks for who called, and nobody calls of what does not exist.
  if (record.simulated) return;
  if (const auto& contract = known_.of(record.contract, record.product).contract) {
    add_lookups(record.product, *contract, "", record.installation, record.deletion,
                record.reported, record.admitted.body);
  }
}

// `at` is the report's own time, which its day is of; `reported` decides which one is newer.
void BlockBuilder::add_figures(const DocumentRecord& record, Instant at, std::string_view part) {
  const auto& known = known_.of(record.contract, record.product);
  if (!known.contract) return;
  const auto values = known.insights->read(members_);
  if (!values.ok()) return;
  const auto& insights = known.contract->insights;
  for (std::size_t i = 0; i < values->size(); ++i) {
    const auto& value = (*values)[i];
    const bool said = part.empty() || value.present || is_all_within(insights[i], part);
    if (!insights[i].event.empty() || !said) continue;
    add_value(record, at, insights[i].name, value);
  }
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

void BlockBuilder::count(std::string_view product, std::int64_t day, std::string_view outcome,
                         std::string_view reason, std::uint64_t count) {
  counted_.add({product, outcome, reason}, day, count);
}

std::vector<BlockBuilder::Part> BlockBuilder::take() {
  std::vector<Part> parts;
  dropped_.take([this](const BlockSums::Texts& texts, std::int64_t day, std::uint64_t count) {
    drops_.text(texts[0]).date(day).text(texts[1]).text(texts[2]).text(texts[3]).u64(count);
  });
  counted_.take([this](const BlockSums::Texts& texts, std::int64_t day, std::uint64_t count) {
    accounting_.text(texts[0]).date(day).text(texts[1]).text(texts[2]).u64(count);
  });
  const auto add_rows = [&](const BlockTable& table, RowBinary& rows) {
    if (!rows.empty()) parts.push_back({table, "RowBinary", rows.take()});
  };
  add_rows(kReports, reports_);
  add_rows(kReportValues, values_);
  add_rows(kDeviceReports, devices_);
  if (!events_.empty()) parts.push_back({kEvents, "Native", events_.take()});
  if (!daily_.empty()) parts.push_back({kDailyBlocks, "Native", daily_.take(last_)});
  // What a series is called before its samples.
  auto series = samples_.take_series();
  add_rows(kSeries, series);
  if (!samples_.empty()) parts.push_back({kSamples, "Native", ""});
  add_rows(kCrashes, crashes_);
  add_rows(kLookups, lookups_);
  add_rows(kRuns, runs_);
  add_rows(kQuarantine, quarantine_);
  add_rows(kDrops, drops_);
  add_rows(kAccounting, accounting_);
  return parts;
}

void BlockBuilder::clear() {
  take();
  take_days();
  samples_.clear();
}

}  // namespace candor
