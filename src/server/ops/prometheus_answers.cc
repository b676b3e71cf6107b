#include "server/ops/prometheus_answers.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/numbers.h"

namespace candor {
namespace {

Error not_understood(std::string_view whose) {
  return Error{ErrorKind::kBadData, fmt::format("{} answered with something else", whose)};
}

// The member `data` of an answer that says it succeeded.
Result<Json> data_of(std::string_view answer) {
  auto json = parse_foreign_json(answer);
  if (!json.ok() || string_member(*json, "status") != "success")
    return not_understood("Prometheus");
  const auto* data = find_member(*json, "data");
  if (data == nullptr) return not_understood("Prometheus");
  return *data;
}

PromLabels labels_in(const Json& json, std::string_view key) {
  PromLabels labels;
  const auto* found = find_member(json, key);
  if (found == nullptr || !found->is_object()) return labels;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) labels[name] = value.get<std::string>();
  }
  return labels;
}

// [1732255200.5, "0.25"]; nothing for what is no number, such as "NaN".
std::optional<PromPoint> point_of(const Json& json) {
  if (!json.is_array() || json.size() != 2 || !json[0].is_number() || !json[1].is_string())
    return std::nullopt;
  const auto value = parse_number(json[1].get_ref<const std::string&>());
  if (!value) return std::nullopt;
  return PromPoint{json[0].get<double>(), *value};
}

const Json& array_in(const Json& json, std::string_view key) {
  static const Json none = Json::array();
  const auto* found = find_member(json, key);
  return found != nullptr && found->is_array() ? *found : none;
}

}  // namespace

std::string_view label_of(const PromLabels& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

std::string promql_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

Result<std::vector<PromSeries>> parse_series(std::string_view answer) {
  CANDOR_ASSIGN(data, data_of(answer));
  std::vector<PromSeries> all;
  for (const auto& one : array_in(data, "result")) {
    PromSeries series{labels_in(one, "metric")};
    for (const auto& value : array_in(one, "values")) {
      if (const auto point = point_of(value)) series.points.push_back(*point);
    }
    if (const auto* value = find_member(one, "value")) {
      if (const auto point = point_of(*value)) series.points.push_back(*point);
    }
    if (!series.points.empty()) all.push_back(std::move(series));
  }
  return all;
}

Result<std::vector<PromAlert>> parse_alerts(std::string_view answer) {
  CANDOR_ASSIGN(data, data_of(answer));
  std::vector<PromAlert> all;
  for (const auto& one : array_in(data, "alerts")) {
    all.push_back({labels_in(one, "labels"), labels_in(one, "annotations"),
                   string_member(one, "state") == "firing",
                   parse_rfc3339(string_member(one, "activeAt"))});
  }
  return all;
}

Result<std::vector<std::string>> parse_values(std::string_view answer) {
  CANDOR_ASSIGN(data, data_of(answer));
  if (!data.is_array()) return not_understood("Prometheus");
  std::vector<std::string> all;
  for (const auto& one : data) {
    if (one.is_string()) all.push_back(one.get<std::string>());
  }
  return all;
}

Result<std::vector<MutedAlert>> parse_muted(std::string_view answer) {
  const auto json = parse_foreign_json(answer);
  if (!json.ok() || !json->is_array()) return not_understood("Alertmanager");
  std::vector<MutedAlert> all;
  for (const auto& one : *json) {
    const auto* status = find_member(one, "status");
    if (status == nullptr || string_member(*status, "state") != "suppressed") continue;
    all.push_back({labels_in(one, "labels"), !array_in(*status, "silencedBy").empty()});
  }
  return all;
}

}  // namespace candor
