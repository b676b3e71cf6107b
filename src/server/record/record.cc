#include "server/record/record.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "base/digest.h"
#include "base/json.h"
#include "base/numbers.h"

namespace candor {
namespace {

constexpr int kVersion = 1;

Error bad_record(std::string_view why) {
  return Error{ErrorKind::kBadData,
               fmt::format("This is no record of this version of Candor: {}.", why)};
}

void add_dropped(Json& header, const std::vector<Dropped>& rows) {
  for (const auto& row : rows)
    header["dropped"].push_back({row.path, row.type, name_of(row.problem), row.count});
}

void add_kept(Json& header, const Admitted& admitted) {
  if (admitted.kept_values > 0) header["kept"] = admitted.kept_values;
  for (const auto& row : admitted.quarantined) {
    header["quarantined"].push_back(
        {row.path, row.type, name_of(row.problem), row.value, row.place});
  }
}

Json header_of(const DocumentRecord& record) {
  Json header;
  header["v"] = kVersion;
  header["kind"] = record.kind == DocumentRecord::Kind::kReport ? "report" : "device";
  header["product"] = record.product;
  header["received"] = to_unix_millis(record.received);
  header["protocol"] = record.protocol;
  header["contract"] = record.contract;
  header["key"] = to_hex(record.key);
  if (!record.installation.empty()) header["installation"] = record.installation;
  if (!record.deletion.empty()) header["deletion"] = record.deletion;
  header["reported"] = to_unix_millis(record.reported);
  if (record.simulated) header["simulated"] = true;
  if (record.automation) header["automation"] = true;
  header["outcome"] = name_of(record.admitted.outcome());
  add_kept(header, record.admitted);
  add_dropped(header, record.admitted.dropped);
  return header;
}

std::string encode_events(const EventsRecord& record) {
  Json header;
  header["v"] = kVersion;
  header["kind"] = "events";
  header["product"] = record.product;
  header["received"] = to_unix_millis(record.received);
  header["protocol"] = record.protocol;
  header["contract"] = record.contract;
  add_dropped(header, record.dropped);
  auto text = to_line(header) + "\n";
  for (const auto& event : record.events) {
    Json line;
    line["name"] = event.name;
    line["at"] = to_unix_millis(event.at);
    if (!event.source.empty()) line["source"] = event.source;
    if (event.key) line["key"] = to_hex(*event.key);
    add_kept(line, event.admitted);
    text += to_line(line) + "\n" + event.admitted.body + "\n";
  }
  return text;
}

std::string encode_replay(const ReplayRecord& record) {
  Json header;
  header["v"] = kVersion;
  header["kind"] = "replay";
  header["product"] = record.product;
  header["received"] = to_unix_millis(record.received);
  header["protocol"] = record.protocol;
  header["contract"] = record.contract;
  header["key"] = to_hex(record.key);
  header["of"] = name_of(record.of);
  header["id"] = record.id;
  if (!record.event.empty()) header["event"] = record.event;
  header["record"] = record.record;
  header["at"] = to_unix_millis(record.at);
  if (!record.installation.empty()) header["installation"] = record.installation;
  if (!record.deletion.empty()) header["deletion"] = record.deletion;
  if (record.simulated) header["simulated"] = true;
  if (record.automation) header["automation"] = true;
  header["before"] = name_of(record.before);
  header["outcome"] = name_of(record.admitted.outcome());
  header["turn"] = record.turn;
  add_kept(header, record.admitted);
  header["fitted"] = Json::array();
  for (const auto& row : record.fitted) header["fitted"].push_back({row.path, row.place});
  return to_line(header) + "\n" + record.admitted.body;
}

Json header_of(const CountsRecord& record) {
  Json header;
  header["v"] = kVersion;
  header["kind"] = "counts";
  header["product"] = record.product;
  header["received"] = to_unix_millis(record.received);
  for (const auto& [reason, count] : record.refused) header["refused"][reason] = count;
  header["duplicates"] = record.duplicates;
  return header;
}

// NaN and infinities have no JSON, and -0 none that stays one: their bits, as text.
void append_value(std::string& text, double value) {
  const bool minus_zero = value == 0 && std::signbit(value);
  if (std::isfinite(value) && !minus_zero) {
    text += fmt::format("{}", value);
  } else {
    text += fmt::format("\"{:016x}\"", std::bit_cast<std::uint64_t>(value));
  }
}

std::string encode_samples(const SamplesRecord& record) {
  Json header;
  header["v"] = kVersion;
  header["kind"] = "samples";
  header["product"] = record.product;
  header["received"] = to_unix_millis(record.received);
  header["protocol"] = record.protocol;
  header["contract"] = record.contract;
  if (record.admitted.quarantined > 0) header["quarantined_samples"] = record.admitted.quarantined;
  add_dropped(header, record.admitted.dropped);
  auto text = to_line(header) + "\n";
  for (const auto& series : record.admitted.series) {
    text += '[' + to_line(series.metric) + ',' + series.labels + ',' + to_line(series.installation);
    for (const auto& sample : series.samples) {
      text += fmt::format(",[{},", sample.at);
      append_value(text, sample.value);
      if (sample.tag != 0) text += fmt::format(",{}", sample.tag);
      text += ']';
    }
    text += "]\n";
  }
  return text;
}

std::optional<Problem> problem_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Problem::kHashedHere); ++i) {
    if (name_of(static_cast<Problem>(i)) == name) return static_cast<Problem>(i);
  }
  return std::nullopt;
}

Result<RecordKey> key_from(const std::string& hex) {
  const auto bytes = from_hex(hex);
  if (!bytes || bytes->size() != sizeof(RecordKey)) return bad_record("its key is no key");
  RecordKey key;
  std::memcpy(&key.high, bytes->data(), 8);
  std::memcpy(&key.low, bytes->data() + 8, 8);
  return key;
}

bool is_row(const Json& row) {
  return row.is_array() && (row.size() == 4 || row.size() == 5) && row[0].is_string() &&
         row[1].is_string() && row[2].is_string();
}

Status read_dropped(const Json& header, std::vector<Dropped>& rows) {
  if (const Json* dropped = find_member(header, "dropped")) {
    if (!dropped->is_array()) return bad_record("`dropped` is damaged");
    for (const auto& row : *dropped) {
      const auto problem = is_row(row) ? problem_named(row[2].get<std::string>()) : std::nullopt;
      if (!problem || !row[3].is_number_unsigned())
        return bad_record("a row of `dropped` is damaged");
      rows.push_back({row[0], row[1], *problem, row[3].get<std::uint64_t>()});
    }
  }
  return Ok{};
}

Status read_kept(const Json& header, Admitted& admitted) {
  admitted.kept_values = static_cast<std::uint64_t>(integer_member(header, "kept"));
  if (const Json* quarantined = find_member(header, "quarantined")) {
    if (!quarantined->is_array()) return bad_record("`quarantined` is damaged");
    for (const auto& row : *quarantined) {
      const auto problem = is_row(row) ? problem_named(row[2].get<std::string>()) : std::nullopt;
      if (!problem || !row[3].is_string()) return bad_record("a row of `quarantined` is damaged");
      const bool placed = row.size() == 5 && row[4].is_string();
      admitted.quarantined.push_back(
          {row[0], row[1], *problem, row[3], placed ? row[4].get<std::string>() : std::string()});
    }
  }
  return Ok{};
}

Result<Record> document_from(const Json& header, std::string_view body, DocumentRecord::Kind kind) {
  DocumentRecord record;
  record.kind = kind;
  record.product = string_member(header, "product");
  record.protocol = string_member(header, "protocol");
  record.contract = string_member(header, "contract");
  CANDOR_ASSIGN(key, key_from(string_member(header, "key")));
  record.key = key;
  record.installation = string_member(header, "installation");
  record.deletion = string_member(header, "deletion");
  record.reported = from_unix_millis(integer_member(header, "reported"));
  record.received = from_unix_millis(integer_member(header, "received"));
  record.simulated = bool_member(header, "simulated");
  record.automation = bool_member(header, "automation");
  record.admitted.body = std::string(body);
  CANDOR_TRY(read_kept(header, record.admitted));
  CANDOR_TRY(read_dropped(header, record.admitted.dropped));
  return Record(std::move(record));
}

std::optional<Outcome> outcome_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Outcome::kDuplicate); ++i) {
    if (name_of(static_cast<Outcome>(i)) == name) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

Result<Record> replay_from(const Json& header, std::string_view body) {
  ReplayRecord record;
  record.product = string_member(header, "product");
  record.protocol = string_member(header, "protocol");
  record.contract = string_member(header, "contract");
  record.received = from_unix_millis(integer_member(header, "received"));
  CANDOR_ASSIGN(key, key_from(string_member(header, "key")));
  record.key = key;
  const bool report = string_member(header, "of") == "report";
  record.of = report ? ReplayRecord::Of::kReport : ReplayRecord::Of::kEvent;
  record.id = string_member(header, "id");
  record.event = string_member(header, "event");
  record.record = static_cast<std::uint64_t>(integer_member(header, "record"));
  record.at = from_unix_millis(integer_member(header, "at"));
  record.installation = string_member(header, "installation");
  record.deletion = string_member(header, "deletion");
  record.simulated = bool_member(header, "simulated");
  record.automation = bool_member(header, "automation");
  const auto before = outcome_named(string_member(header, "before"));
  if (!before) return bad_record("`before` is no outcome");
  record.before = *before;
  record.turn = static_cast<std::uint64_t>(integer_member(header, "turn"));
  CANDOR_TRY(read_kept(header, record.admitted));
  const Json* fitted = find_member(header, "fitted");
  if (fitted == nullptr || !fitted->is_array()) return bad_record("`fitted` is damaged");
  for (const auto& row : *fitted) {
    if (!row.is_array() || row.size() != 2 || !row[0].is_string() || !row[1].is_string())
      return bad_record("a row of `fitted` is damaged");
    record.fitted.push_back({row[0], row[1]});
  }
  record.admitted.body = std::string(body);
  return Record(std::move(record));
}

// The text up to the next line feed, taken off.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

Result<Record> events_from(const Json& header, std::string_view body) {
  EventsRecord record;
  record.product = string_member(header, "product");
  record.protocol = string_member(header, "protocol");
  record.contract = string_member(header, "contract");
  record.received = from_unix_millis(integer_member(header, "received"));
  CANDOR_TRY(read_dropped(header, record.dropped));
  while (!body.empty()) {
    const auto line = take_line(body);
    const auto kept = take_line(body);
    const auto json = line ? parse_json(*line) : Result<Json>(bad_record("an event is cut"));
    if (!json.ok() || !kept) return bad_record("an event is damaged");
    AdmittedEvent event;
    event.name = string_member(*json, "name");
    event.at = from_unix_millis(integer_member(*json, "at"));
    event.source = string_member(*json, "source");
    if (const auto key = string_member(*json, "key"); !key.empty()) {
      CANDOR_ASSIGN(read, key_from(key));
      event.key = read;
    }
    CANDOR_TRY(read_kept(*json, event.admitted));
    event.admitted.body = std::string(*kept);
    record.events.push_back(std::move(event));
  }
  return Record(std::move(record));
}

std::optional<double> value_from(const Json& value) {
  if (value.is_number()) return value.get<double>();
  const auto bytes = value.is_string() ? from_hex(value.get<std::string>()) : std::nullopt;
  if (!bytes || bytes->size() != sizeof(std::uint64_t)) return std::nullopt;
  std::uint64_t bits = 0;
  for (const char byte : *bytes) bits = bits << 8 | static_cast<unsigned char>(byte);
  return std::bit_cast<double>(bits);
}

std::optional<AdmittedSample> sample_from(const Json& json) {
  if (!json.is_array() || json.size() < 2 || !json[0].is_number_integer()) return std::nullopt;
  const auto value = value_from(json[1]);
  if (!value || (json.size() > 2 && !json[2].is_number_unsigned())) return std::nullopt;
  return AdmittedSample{json[0].get<std::int64_t>(), *value,
                        json.size() > 2 ? json[2].get<std::uint64_t>() : 0};
}

Result<Record> samples_from(const Json& header, std::string_view body) {
  SamplesRecord record;
  record.product = string_member(header, "product");
  record.protocol = string_member(header, "protocol");
  record.contract = string_member(header, "contract");
  record.received = from_unix_millis(integer_member(header, "received"));
  record.admitted.quarantined =
      static_cast<std::uint64_t>(integer_member(header, "quarantined_samples"));
  CANDOR_TRY(read_dropped(header, record.admitted.dropped));
  while (!body.empty()) {
    const auto line = take_line(body);
    const auto json = line ? parse_json(*line) : Result<Json>(bad_record("a series is cut"));
    if (!json.ok() || !json->is_array() || json->size() < 3 || !(*json)[0].is_string() ||
        !(*json)[1].is_object() || !(*json)[2].is_string())
      return bad_record("a series is damaged");
    AdmittedSeries series{(*json)[0], to_line((*json)[1]), (*json)[2], {}};
    for (std::size_t i = 3; i < json->size(); ++i) {
      const auto sample = sample_from((*json)[i]);
      if (!sample) return bad_record("a sample is damaged");
      series.samples.push_back(*sample);
    }
    record.admitted.accepted += series.samples.size();
    record.admitted.series.push_back(std::move(series));
  }
  return Record(std::move(record));
}

Result<Record> counts_from(const Json& header) {
  CountsRecord record;
  record.product = string_member(header, "product");
  record.received = from_unix_millis(integer_member(header, "received"));
  record.duplicates = static_cast<std::uint64_t>(integer_member(header, "duplicates"));
  if (const Json* refused = find_member(header, "refused")) {
    if (!refused->is_object()) return bad_record("`refused` is damaged");
    for (const auto& [reason, count] : refused->items()) {
      if (!count.is_number_unsigned()) return bad_record("`refused` is damaged");
      record.refused[reason] = count.get<std::uint64_t>();
    }
  }
  return Record(std::move(record));
}

}  // namespace

RecordKey make_record_key(std::span<const std::string_view> parts) {
  std::string text;
  for (const auto part : parts) {
    text += part;
    text += '\0';
  }
  const auto digest = sha256(text);
  RecordKey key;
  std::memcpy(&key.high, digest.data(), 8);
  std::memcpy(&key.low, digest.data() + 8, 8);
  return key;
}

std::string to_hex(RecordKey key) {
  char bytes[sizeof key];
  std::memcpy(bytes, &key.high, 8);
  std::memcpy(bytes + 8, &key.low, 8);
  return to_hex(std::string_view(bytes, sizeof bytes));
}

std::string_view name_of(ReplayRecord::Of of) {
  return of == ReplayRecord::Of::kReport ? "report" : "event";
}

std::string encode(const Record& record) {
  if (const auto* document = std::get_if<DocumentRecord>(&record)) {
    return to_line(header_of(*document)) + "\n" + document->admitted.body;
  }
  if (const auto* events = std::get_if<EventsRecord>(&record)) return encode_events(*events);
  if (const auto* replay = std::get_if<ReplayRecord>(&record)) return encode_replay(*replay);
  if (const auto* samples = std::get_if<SamplesRecord>(&record)) return encode_samples(*samples);
  return to_line(header_of(std::get<CountsRecord>(record))) + "\n";
}

Result<Record> decode_record(std::string_view bytes) {
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return bad_record("it has no header line");
  const auto header = parse_json(bytes.substr(0, end));
  if (!header.ok()) return bad_record("its header is no JSON");
  if (integer_member(*header, "v") != kVersion) return bad_record("its version is another one");
  const auto kind = string_member(*header, "kind");
  if (kind == "report")
    return document_from(*header, bytes.substr(end + 1), DocumentRecord::Kind::kReport);
  if (kind == "device")
    return document_from(*header, bytes.substr(end + 1), DocumentRecord::Kind::kDevice);
  if (kind == "events") return events_from(*header, bytes.substr(end + 1));
  if (kind == "replay") return replay_from(*header, bytes.substr(end + 1));
  if (kind == "samples") return samples_from(*header, bytes.substr(end + 1));
  if (kind == "counts") return counts_from(*header);
  return bad_record("its kind is unknown");
}

}  // namespace candor
