#include "server/record/record.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "base/digest.h"
#include "base/json.h"
#include "base/numbers.h"
#include "server/record/record_parts.h"

namespace candor {
namespace {

Json header_of(const DocumentRecord& record) {
  auto header =
      begin_header(record.kind == DocumentRecord::Kind::kReport ? "report" : "device", record);
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

Json header_of(const CountsRecord& record) {
  Json header;
  header["v"] = kRecordVersion;
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
  auto header = begin_header("samples", record);
  if (record.key) header["key"] = to_hex(*record.key);
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

Result<Record> document_from(const Json& header, std::string_view body, DocumentRecord::Kind kind) {
  DocumentRecord record;
  record.kind = kind;
  read_begin(header, record);
  CANDOR_ASSIGN(key, key_from(string_member(header, "key")));
  record.key = key;
  record.installation = string_member(header, "installation");
  record.deletion = string_member(header, "deletion");
  record.reported = from_unix_millis(integer_member(header, "reported"));
  record.simulated = bool_member(header, "simulated");
  record.automation = bool_member(header, "automation");
  record.admitted.body = std::string(body);
  CANDOR_TRY(read_dropped(header, record.admitted.dropped));
  CANDOR_TRY(read_kept(header, record.admitted));
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
  read_begin(header, record);
  record.admitted.quarantined =
      static_cast<std::uint64_t>(integer_member(header, "quarantined_samples"));
  if (const auto hex = string_member(header, "key"); !hex.empty()) {
    CANDOR_ASSIGN(key, key_from(hex));
    record.key = key;
  }
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
  std::size_t size = 0;
  for (const auto part : parts) size += part.size() + 1;
  text.reserve(size);
  for (const auto part : parts) text.append(part).append(1, '\0');
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
  if (const auto* events = std::get_if<EventsRecord>(&record)) return encode(*events);
  if (const auto* replay = std::get_if<ReplayRecord>(&record)) return encode_replay(*replay);
  if (const auto* samples = std::get_if<SamplesRecord>(&record)) return encode_samples(*samples);
  return to_line(header_of(std::get<CountsRecord>(record))) + "\n";
}

Result<Record> decode_record(std::string_view bytes) {
  if (is_events_record(bytes)) return events_from(bytes);
  const auto end = bytes.find('\n');
  if (end == std::string_view::npos) return bad_record("it has no header line");
  const auto header = parse_json(bytes.substr(0, end));
  if (!header.ok()) return bad_record("its header is no JSON");
  if (integer_member(*header, "v") != kRecordVersion)
    return bad_record("its version is another one");
  const auto kind = string_member(*header, "kind");
  if (kind == "report")
    return document_from(*header, bytes.substr(end + 1), DocumentRecord::Kind::kReport);
  if (kind == "device")
    return document_from(*header, bytes.substr(end + 1), DocumentRecord::Kind::kDevice);
  if (kind == "replay") return replay_from(*header, bytes.substr(end + 1));
  if (kind == "samples") return samples_from(*header, bytes.substr(end + 1));
  if (kind == "counts") return counts_from(*header);
  return bad_record("its kind is unknown");
}

}  // namespace candor
