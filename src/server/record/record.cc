#include "server/record/record.h"

#include <cstring>

#include "base/digest.h"
#include "base/json.h"
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
  const auto digest = sha256(parts);
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
    const auto header = to_line(header_of(*document));
    const auto& body = document->admitted.body;
    std::string bytes;
    bytes.reserve(header.size() + 1 + body.size());
    return bytes.append(header).append(1, '\n').append(body);
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
