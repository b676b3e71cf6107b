// What the fuzz targets of samples share: a contract, and what holds for whatever was admitted.
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>

#include "contract/contract.h"
#include "server/admit/limits.h"
#include "server/record/record.h"

namespace candor {

inline constexpr std::int64_t kFuzzReceived = 1'795'244'400'000;

inline const Contract& fuzz_contract() {
  static const auto contract = parse_contract(R"(candor = 1
[product]
name = "acme"
contact = "c@example.com"
[[channel]]
name = "monitoring"
about = "Load."
[[channel.metric]]
name = "up"
type = "gauge"
labels = ["job", "a", "b"]
keyed = ["cluster"]
installation = "cluster"
about = "A gauge."
[[channel.metric]]
name = "c"
type = "counter"
labels = ["job"]
about = "A counter."
[[channel.metric]]
name = "h"
type = "histogram"
about = "A histogram."
[[channel.metric]]
name = "s"
type = "summary"
about = "A summary."
)",
                                              "acme.toml");
  return *contract;
}

// All that admission says of a request.
inline std::string text_of(const AdmittedSamples& admitted) {
  auto text = admitted.series.bytes();
  for (const auto& row : admitted.dropped)
    text += row.path + row.type + std::string(name_of(row.problem)) + std::to_string(row.count);
  for (const auto& [reason, count] : admitted.refused) text += reason + std::to_string(count);
  return text + std::to_string(admitted.accepted) + " " + std::to_string(admitted.quarantined);
}

inline void check_admitted(AdmittedSamples admitted) {
  std::uint64_t samples = 0;
  SeriesReader reader(admitted.series.bytes());
  while (reader.next()) {
    if (fuzz_contract().metric(reader.name().metric).metric == nullptr) std::abort();
    samples += reader.size();
  }
  if (!reader.ok()) std::abort();
  if (samples != admitted.accepted || samples > kMaxSamples) std::abort();
  if (admitted.dropped.size() > kMaxDropRows) std::abort();
  admitted.refused.clear();
  const SamplesRecord record{
      "acme", "otlp", "", from_unix_millis(kFuzzReceived), {}, std::move(admitted)};
  const auto bytes = encode(record);
  const auto back = decode_record(bytes);
  if (!back.ok() || encode(*back) != bytes) std::abort();
}

}  // namespace candor
