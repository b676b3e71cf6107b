// Arbitrary bytes as what Prometheus, Alertmanager and agents answer, and as a name: what is told
// of them is within its limits and is JSON, and a name stays one string of a question.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"
#include "require.h"
#include "server/ops/limits.h"
#include "server/ops/panels.h"
#include "server/ops/scans.h"
#include "server/ops/standing.h"

namespace {

using namespace candor;

template <typename T>
T read(Result<T> (*parse)(std::string_view), std::string_view text) {
  auto parsed = parse(text);
  return parsed.ok() ? *std::move(parsed) : T{};
}

void tell(const Json& document) { require(parse_json(to_line(document)).ok()); }

void read_answers(std::string_view text) {
  OpsSight sight;
  sight.alerts = read(parse_alerts, text);
  sight.muted = read(parse_muted, text);
  sight.known = read(parse_values, text);
  sight.heard = read(parse_series, text);
  for (const auto& series : sight.heard) require(!series.points.empty());
  const auto all = installations_of(sight);
  require(!all.empty() && all.size() <= kMaxToldInstallations);
  for (const auto& one : all) tell(document_of(one));
  const auto alerts = alerts_document(sight);
  require(alerts.size() <= kMaxToldAlerts);
  tell(alerts);
  tell(scans_document(sight.heard, sight.heard));
  const auto& range = *panel_range("24h");
  for (const auto& panel : {panels().front(), panels().back()})
    tell(panel_document(panel, lines_of(panel.queries.front(), sight.heard, range, 1'790'000'000)));
  if (const auto scans = scans_of_agent(text); scans.ok()) {
    require(scans->size() <= kMaxToldScans);
    tell(*scans);
  }
}

// Read as PromQL reads it, it ends where it ends.
void quote(std::string_view text) {
  const auto quoted = promql_text(text);
  std::size_t end = 1;
  while (end < quoted.size() && quoted[end] != '"') end += quoted[end] == '\\' ? 2 : 1;
  require(end == quoted.size() - 1);
  for (const char c : quoted) require(static_cast<unsigned char>(c) >= 0x20);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_answers(text);
  quote(text);
  return 0;
}
