// Records of what is replayed of earlier ones.
#include "base/json.h"
#include "server/record/record_parts.h"

namespace candor {
namespace {

std::optional<Outcome> outcome_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Outcome::kDuplicate); ++i) {
    if (name_of(static_cast<Outcome>(i)) == name) return static_cast<Outcome>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string encode_replay(const ReplayRecord& record) {
  auto header = begin_header("replay", record);
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
  header["outcome"] = name_of(record.outcome);
  header["turn"] = record.turn;
  add_kept(header, record.admitted);
  header["fitted"] = Json::array();
  for (const auto& row : record.fitted) header["fitted"].push_back({row.path, row.place});
  return to_line(header) + "\n" + record.admitted.body;
}

Result<Record> replay_from(const Json& header, std::string_view body) {
  ReplayRecord record;
  read_begin(header, record);
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
  const auto outcome = outcome_named(string_member(header, "outcome"));
  if (!outcome) return bad_record("`outcome` is no outcome");
  record.outcome = *outcome;
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

}  // namespace candor
