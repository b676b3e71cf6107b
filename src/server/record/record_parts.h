// What the files of this room that write and read records share; docs/formats/record.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "server/record/record.h"

namespace candor {

inline constexpr int kRecordVersion = 1;

Error bad_record(std::string_view why);
std::optional<Problem> problem_named(std::string_view name);

// What the headers of all records but counts begin with, in this order; and back.
template <typename Kept>
Json begin_header(std::string_view kind, const Kept& record) {
  Json header;
  header["v"] = kRecordVersion;
  header["kind"] = kind;
  header["product"] = record.product;
  header["received"] = to_unix_millis(record.received);
  header["protocol"] = record.protocol;
  header["contract"] = record.contract;
  return header;
}
template <typename Kept>
void read_begin(const Json& header, Kept& record) {
  record.product = string_member(header, "product");
  record.received = from_unix_millis(integer_member(header, "received"));
  record.protocol = string_member(header, "protocol");
  record.contract = string_member(header, "contract");
}

// The members `dropped`, and `kept` and `quarantined`, of a header.
void add_dropped(Json& header, const std::vector<Dropped>& rows);
void add_kept(Json& header, const Admitted& admitted);
Status read_dropped(const Json& header, std::vector<Dropped>& rows);
Status read_kept(const Json& header, Admitted& admitted);

// The text up to the next line feed, taken off; nothing when there is none.
std::optional<std::string_view> take_line(std::string_view& text);

Result<RecordKey> key_from(const std::string& hex);

// A record of one kind as it stands in the journal, and back: `body` is what follows the header.
std::string encode_replay(const ReplayRecord& record);
std::string encode_samples(const SamplesRecord& record);
Result<Record> events_from(std::string_view bytes);
Result<Record> replay_from(const Json& header, std::string_view body);
Result<Record> samples_from(const Json& header, std::string_view body);

}  // namespace candor
