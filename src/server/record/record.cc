#include "server/record/record.h"

#include <fmt/format.h>

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
  if (record.admitted.kept_values > 0) header["kept"] = record.admitted.kept_values;
  for (const auto& row : record.admitted.dropped) {
    header["dropped"].push_back({row.path, row.type, name_of(row.problem), row.count});
  }
  for (const auto& row : record.admitted.quarantined) {
    header["quarantined"].push_back({row.path, row.type, name_of(row.problem), row.value});
  }
  return header;
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

std::optional<Problem> problem_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Problem::kDuplicateKey); ++i) {
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
  return row.is_array() && row.size() == 4 && row[0].is_string() && row[1].is_string() &&
         row[2].is_string();
}

Status read_rows(const Json& header, Admitted& admitted) {
  if (const Json* dropped = find_member(header, "dropped")) {
    if (!dropped->is_array()) return bad_record("`dropped` is damaged");
    for (const auto& row : *dropped) {
      const auto problem = is_row(row) ? problem_named(row[2].get<std::string>()) : std::nullopt;
      if (!problem || !row[3].is_number_unsigned())
        return bad_record("a row of `dropped` is damaged");
      admitted.dropped.push_back({row[0], row[1], *problem, row[3].get<std::uint64_t>()});
    }
  }
  if (const Json* quarantined = find_member(header, "quarantined")) {
    if (!quarantined->is_array()) return bad_record("`quarantined` is damaged");
    for (const auto& row : *quarantined) {
      const auto problem = is_row(row) ? problem_named(row[2].get<std::string>()) : std::nullopt;
      if (!problem || !row[3].is_string()) return bad_record("a row of `quarantined` is damaged");
      admitted.quarantined.push_back({row[0], row[1], *problem, row[3]});
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
  record.admitted.kept_values = static_cast<std::uint64_t>(integer_member(header, "kept"));
  CANDOR_TRY(read_rows(header, record.admitted));
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

std::string encode(const Record& record) {
  if (const auto* document = std::get_if<DocumentRecord>(&record)) {
    return to_line(header_of(*document)) + "\n" + document->admitted.body;
  }
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
  if (kind == "counts") return counts_from(*header);
  return bad_record("its kind is unknown");
}

}  // namespace candor
