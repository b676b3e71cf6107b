// OTLP's JSON: 64-bit integers as texts or numbers, enumerations as numbers, unknown members
// passed over.
#include <fmt/format.h>

#include <cstdlib>
#include <limits>

#include "base/numbers.h"
#include "server/admit/document.h"
#include "server/protocol/limits.h"
#include "server/protocol/otlp_points.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;

std::optional<dom::element> member(const dom::object& object, std::string_view name) {
  dom::element value;
  if (object.at_key(name).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

std::string_view text(const dom::object& object, std::string_view name) {
  std::string_view value;
  const auto found = member(object, name);
  if (!found || found->get_string().get(value) != simdjson::SUCCESS) return {};
  return value;
}

std::optional<double> real_of(const dom::element& value) {
  double number = 0;
  if (value.get_double().get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != std::string_view::npos)
    return std::nullopt;
  const std::string owned(text);
  char* end = nullptr;
  number = std::strtod(owned.c_str(), &end);
  return end == owned.c_str() + owned.size() ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> count_of(const dom::element& value) {
  std::uint64_t number = 0;
  if (value.get_uint64().get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return parse_unsigned<std::uint64_t>(text);
}

std::optional<double> real(const dom::object& object, std::string_view name) {
  const auto found = member(object, name);
  return found ? real_of(*found) : std::nullopt;
}

std::optional<std::uint64_t> count(const dom::object& object, std::string_view name) {
  const auto found = member(object, name);
  return found ? count_of(*found) : std::nullopt;
}

// The elements of a list that is one or is not there; kBadData for anything else.
Status each(const dom::object& object, std::string_view name, const auto& take) {
  const auto found = member(object, name);
  if (!found) return Ok{};
  dom::array list;
  if (found->get_array().get(list) != simdjson::SUCCESS)
    return Error{ErrorKind::kBadData, fmt::format("`{}` is no list.", name)};
  for (const auto element : list) CANDOR_TRY(take(element));
  return Ok{};
}

// The same where each element is an object.
Status each_object(const dom::object& object, std::string_view name, const auto& take) {
  return each(object, name, [&](const dom::element& element) -> Status {
    dom::object one;
    if (element.get_object().get(one) != simdjson::SUCCESS)
      return Error{ErrorKind::kBadData, fmt::format("An element of `{}` is no object.", name)};
    return take(one);
  });
}

void add_attribute(const dom::object& attribute, OtlpPoint& point) {
  const auto name = text(attribute, "key");
  const auto value = object_member(attribute, "value");
  if (name.empty()) return;
  if (!value) return point.add_label(name, std::string_view());
  for (const auto& [kind, content] : *value) {
    std::string_view words;
    bool flag = false;
    if (kind == "stringValue" && content.get_string().get(words) == simdjson::SUCCESS)
      return point.add_label(name, words);
    if (kind == "boolValue" && content.get_bool().get(flag) == simdjson::SUCCESS)
      return point.add_label(name, std::string_view(flag ? "true" : "false"));
    if (kind == "intValue") {
      std::int64_t number = 0;
      if (content.get_string().get(words) == simdjson::SUCCESS) return point.add_label(name, words);
      if (content.get_int64().get(number) == simdjson::SUCCESS)
        return point.add_label(name, fmt::format("{}", number));
    }
    if (kind == "doubleValue") {
      if (const auto number = real_of(content))
        return point.add_label(name, fmt::format("{}", *number));
    }
  }
  // Lists and maps are no labels; that there was one is counted.
  point.add_label(name, std::string_view("\xff"));
}

Status add_attributes(const dom::object& from, OtlpPoint& point) {
  return each_object(from, "attributes", [&](const dom::object& attribute) -> Status {
    add_attribute(attribute, point);
    return Ok{};
  });
}

// Whether it is a point of its kind; its lists are read as far as they are ones.
bool read_point(const dom::object& json, OtlpPoint& point) {
  if (!add_attributes(json, point).ok()) return false;
  const auto time = member(json, "timeUnixNano");
  if (time) {
    const auto nanos = count_of(*time);
    if (!nanos) return false;
    point.nanos = *nanos;
  }
  point.no_value = (count(json, "flags").value_or(0) & 1) != 0;
  point.value = real(json, "asDouble");
  if (!point.value) point.value = real(json, "asInt");
  point.count = count(json, "count").value_or(0);
  point.sum = real(json, "sum");
  const Error bad{ErrorKind::kBadData, "bad point"};
  const auto buckets = each(json, "bucketCounts", [&](const dom::element& element) -> Status {
    const auto number = count_of(element);
    if (!number) return bad;
    if (point.buckets.size() <= kMaxBuckets) point.buckets.push_back(*number);
    return Ok{};
  });
  const auto bounds = each(json, "explicitBounds", [&](const dom::element& element) -> Status {
    const auto number = real_of(element);
    if (!number) return bad;
    if (point.bounds.size() <= kMaxBuckets) point.bounds.push_back(*number);
    return Ok{};
  });
  const auto quantiles = each_object(json, "quantileValues", [&](const dom::object& one) -> Status {
    const auto quantile = real(one, "quantile"), value = real(one, "value");
    // Zeros may be left out.
    if (point.quantiles.size() <= kMaxBuckets)
      point.quantiles.emplace_back(quantile.value_or(0), value.value_or(0));
    return Ok{};
  });
  return buckets.ok() && bounds.ok() && quantiles.ok();
}

bool is_delta(const dom::object& data) {
  return count(data, "aggregationTemporality") == 1u ||
         text(data, "aggregationTemporality") == "AGGREGATION_TEMPORALITY_DELTA";
}

Status read_metric(const dom::object& json, OtlpPoints& into) {
  using Kind = OtlpMetric::Kind;
  struct Shape {
    std::string_view member;
    Kind kind;
    MetricType type;
  };
  constexpr Shape kShapes[] = {
      {"gauge", Kind::kNumber, MetricType::kGauge},
      {"sum", Kind::kNumber, MetricType::kGauge},
      {"histogram", Kind::kHistogram, MetricType::kHistogram},
      {"exponentialHistogram", Kind::kExponentialHistogram, MetricType::kHistogram},
      {"summary", Kind::kSummary, MetricType::kSummary}};
  for (const auto& shape : kShapes) {
    const auto data = object_member(json, shape.member);
    if (!data) continue;
    OtlpMetric metric{text(json, "name"), shape.kind, shape.type, is_delta(*data)};
    if (shape.member == "sum" && flag_member(*data, "isMonotonic"))
      metric.type = MetricType::kCounter;
    CANDOR_TRY(each(*data, "dataPoints", [&](const dom::element& element) -> Status {
      dom::object one;
      OtlpPoint point;
      if (element.get_object().get(one) == simdjson::SUCCESS && read_point(one, point)) {
        into.add(metric, point);
      } else {
        into.reject("bad_point");
      }
      return Ok{};
    }));
  }
  return Ok{};
}

Status read_resource(const dom::object& resource_metrics, OtlpPoints& into) {
  OtlpPoint attributes;
  if (const auto resource = object_member(resource_metrics, "resource"))
    CANDOR_TRY(add_attributes(*resource, attributes));
  into.set_resource(std::move(attributes));
  return each_object(resource_metrics, "scopeMetrics", [&](const dom::object& scope) {
    return each_object(scope, "metrics",
                       [&](const dom::object& metric) { return read_metric(metric, into); });
  });
}

}  // namespace

Status read_otlp_json(std::string_view body, OtlpSignal signal, OtlpPoints& into) {
  CANDOR_ASSIGN(document, JsonDocument::parse(body));
  if (signal == OtlpSignal::kMetrics) {
    return each_object(document.root(), "resourceMetrics",
                       [&](const dom::object& resource) { return read_resource(resource, into); });
  }
  const bool logs = signal == OtlpSignal::kLogs;
  std::uint64_t records = 0;
  CANDOR_TRY(each_object(
      document.root(), logs ? "resourceLogs" : "resourceSpans", [&](const dom::object& resource) {
        return each_object(
            resource, logs ? "scopeLogs" : "scopeSpans", [&](const dom::object& scope) {
              return each(scope, logs ? "logRecords" : "spans", [&](const dom::element&) -> Status {
                ++records;
                return Ok{};
              });
            });
      }));
  into.reject(logs ? "logs" : "traces", records);
  return Ok{};
}

}  // namespace candor
