// Records of samples: the header as of every record, and the series as admission wrote them.
#include "server/record/record_parts.h"

namespace candor {

std::string encode_samples(const SamplesRecord& record) {
  auto header = begin_header("samples", record);
  if (record.key) header["key"] = to_hex(*record.key);
  if (record.admitted.quarantined > 0) header["quarantined_samples"] = record.admitted.quarantined;
  add_dropped(header, record.admitted.dropped);
  const auto line = to_line(header);
  const auto& series = record.admitted.series.bytes();
  std::string bytes;
  bytes.reserve(line.size() + 1 + series.size());
  bytes += line;
  bytes += '\n';
  bytes += series;
  return bytes;
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
  auto series = SeriesList::from(std::string(body));
  if (!series) return bad_record("a series is damaged");
  record.admitted.accepted = series->samples();
  record.admitted.series = *std::move(series);
  return Record(std::move(record));
}

}  // namespace candor
