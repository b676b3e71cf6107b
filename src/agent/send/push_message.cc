#include "agent/send/push_message.h"

#include <limits>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "wire/remote_write.h"

namespace candor {
namespace {

std::optional<double> value_of(const Json& sample) {
  const auto* value = find_member(sample, "value");
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  const auto text = string_member(sample, "value");
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// False where a part of it is not as the seal makes it.
bool add_metric(const Json& metric, std::string_view installation, std::int64_t at,
                RemoteWriteMessage& message) {
  const auto name = string_member(metric, "name");
  const auto label = string_member(metric, "installation");
  const auto* samples = find_member(metric, "samples");
  if (name.empty() || samples == nullptr || !samples->is_array()) return false;
  for (const auto& sample : *samples) {
    const auto* labels = find_member(sample, "labels");
    const auto value = value_of(sample);
    if (labels == nullptr || !labels->is_object() || !value) return false;
    std::vector<WrittenLabel> written;
    for (const auto& [key, text] : labels->items()) {
      if (!text.is_string()) return false;
      written.push_back({key, text.get_ref<const std::string&>()});
    }
    if (!label.empty()) written.push_back({label, installation});
    const WrittenSample one{at, *value};
    message.add(name + string_member(sample, "part"), std::move(written), {&one, 1});
  }
  return true;
}

}  // namespace

Result<std::string> push_message(std::string_view file) {
  const Error damaged{ErrorKind::kBadData,
                      "This is no file of metrics as `candor agent` makes it."};
  CANDOR_ASSIGN(json, parse_json(file));
  const auto at = parse_rfc3339(string_member(json, "at"));
  const auto* header = find_member(json, "candor");
  const auto* metrics = find_member(json, "metrics");
  if (!at || header == nullptr || metrics == nullptr || !metrics->is_array()) return damaged;
  const auto installation = string_member(*header, "installation");
  RemoteWriteMessage message;
  for (const auto& metric : *metrics) {
    if (!add_metric(metric, installation, to_unix_millis(*at), message)) return damaged;
  }
  return message.block();
}

}  // namespace candor
