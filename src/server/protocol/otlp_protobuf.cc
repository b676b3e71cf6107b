// OTLP's Protocol Buffers: opentelemetry/proto/{metrics,logs,trace}/v1, the fields that count.
#include <fmt/format.h>

#include "server/protocol/otlp_points.h"
#include "wire/protobuf.h"

namespace candor {
namespace {

using Field = ProtobufField;

// Calls `take(field)` for each field; false when the message is damaged, or `take` says so.
bool each_field(std::string_view message, const auto& take) {
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if (!take(field)) return false;
  }
  return reader.ok();
}

// The same for the messages in field `number` only.
bool each_message(std::string_view message, std::uint32_t number, const auto& take) {
  return each_field(
      message, [&](const Field& field) { return !field.is_bytes(number) || take(field.bytes); });
}

// KeyValue{1 key, 2 AnyValue{1 string, 2 bool, 3 int, 4 double, 5 list, 6 map, 7 bytes}}
bool add_attribute(std::string_view message, OtlpPoint& point) {
  std::string_view name, value;
  if (!each_field(message, [&](const Field& field) {
        if (field.is_bytes(1)) name = field.bytes;
        if (field.is_bytes(2)) value = field.bytes;
        return true;
      }))
    return false;
  Field last;
  const bool whole = each_field(value, [&](const Field& field) {
    last = field;
    return true;
  });
  if (!whole) return false;
  if (name.empty()) return true;
  if (value.empty() || last.is_bytes(1)) {
    point.add_label(name, last.bytes);
  } else if (last.is_number(2)) {
    point.add_label(name, std::string_view(last.value != 0 ? "true" : "false"));
  } else if (last.is_number(3)) {
    point.add_label(name, fmt::format("{}", last.integer()));
  } else if (last.is_fixed64(4)) {
    point.add_label(name, fmt::format("{}", last.real()));
  } else {
    // Lists, maps and bytes are no labels; that there was one is counted.
    point.add_label(name, std::string_view("\xff"));
  }
  return true;
}

// Repeated fixed64 or double, packed or not.
template <typename T>
bool add_fixed(const Field& field, std::vector<T>& values) {
  if (field.kind == Field::Kind::kFixed64) values.push_back(std::bit_cast<T>(field.value));
  if (field.kind != Field::Kind::kBytes) return true;
  auto packed = field.bytes;
  for (std::uint64_t bits = 0; take_fixed64(packed, bits);)
    values.push_back(std::bit_cast<T>(bits));
  return packed.empty();
}

// NumberDataPoint{7 attributes, 3 time, 4 as_double, 6 as_int, 8 flags}
bool read_number(std::string_view message, OtlpPoint& point) {
  return each_field(message, [&](const Field& field) {
    if (field.is_fixed64(3)) point.nanos = field.value;
    if (field.is_fixed64(4)) point.value = field.real();
    if (field.is_fixed64(6)) point.value = static_cast<double>(field.integer());
    if (field.is_number(8)) point.no_value = (field.value & 1) != 0;
    return !field.is_bytes(7) || add_attribute(field.bytes, point);
  });
}

// HistogramDataPoint{9 attributes, 3 time, 4 count, 5 sum, 6 bucket_counts, 7 explicit_bounds}
bool read_histogram(std::string_view message, OtlpPoint& point) {
  return each_field(message, [&](const Field& field) {
    if (field.is_fixed64(3)) point.nanos = field.value;
    if (field.is_fixed64(4)) point.count = field.value;
    if (field.is_fixed64(5)) point.sum = field.real();
    if (field.number == 6) return add_fixed(field, point.buckets);
    if (field.number == 7) return add_fixed(field, point.bounds);
    return !field.is_bytes(9) || add_attribute(field.bytes, point);
  });
}

// SummaryDataPoint{7 attributes, 3 time, 4 count, 5 sum, 6 quantile_values{1 quantile, 2 value}}
bool read_summary(std::string_view message, OtlpPoint& point) {
  return each_field(message, [&](const Field& field) {
    if (field.is_fixed64(3)) point.nanos = field.value;
    if (field.is_fixed64(4)) point.count = field.value;
    if (field.is_fixed64(5)) point.sum = field.real();
    if (field.is_bytes(6)) {
      auto& quantile = point.quantiles.emplace_back(0, 0);
      return each_field(field.bytes, [&](const Field& part) {
        if (part.is_fixed64(1)) quantile.first = part.real();
        if (part.is_fixed64(2)) quantile.second = part.real();
        return true;
      });
    }
    return !field.is_bytes(7) || add_attribute(field.bytes, point);
  });
}

bool read_point(std::string_view message, OtlpMetric::Kind kind, OtlpPoint& point) {
  switch (kind) {
    case OtlpMetric::Kind::kNumber:
      return read_number(message, point);
    case OtlpMetric::Kind::kHistogram:
      return read_histogram(message, point);
    case OtlpMetric::Kind::kSummary:
      return read_summary(message, point);
    case OtlpMetric::Kind::kExponentialHistogram:
      return true;
  }
  return false;
}

// Gauge{1 points}, Sum{1, 2 temporality, 3 is_monotonic}, Histogram{1, 2}, Summary{1}
bool read_points(std::string_view data, OtlpMetric metric, OtlpPoints& into) {
  // What holds for the points may stand behind them.
  const bool whole = each_field(data, [&](const Field& field) {
    if (field.is_number(2)) metric.delta = field.value == 1;
    if (field.is_number(3) && field.value != 0 && metric.kind == OtlpMetric::Kind::kNumber)
      metric.type = MetricType::kCounter;
    return true;
  });
  return whole && each_message(data, 1, [&](std::string_view message) {
           OtlpPoint point;
           if (!read_point(message, metric.kind, point)) return false;
           into.add(metric, point);
           return true;
         });
}

// Metric{1 name, 5 gauge, 7 sum, 9 histogram, 10 exponential_histogram, 11 summary}
bool read_metric(std::string_view message, OtlpPoints& into) {
  using Kind = OtlpMetric::Kind;
  OtlpMetric metric;
  std::string_view data;
  const bool whole = each_field(message, [&](const Field& field) {
    if (field.kind != Field::Kind::kBytes) return true;
    const auto shape = [&](Kind kind, MetricType type) {
      metric.kind = kind;
      metric.type = type;
      data = field.bytes;
    };
    if (field.number == 1) metric.name = field.bytes;
    if (field.number == 5 || field.number == 7) shape(Kind::kNumber, MetricType::kGauge);
    if (field.number == 9) shape(Kind::kHistogram, MetricType::kHistogram);
    if (field.number == 10) shape(Kind::kExponentialHistogram, MetricType::kHistogram);
    if (field.number == 11) shape(Kind::kSummary, MetricType::kSummary);
    return true;
  });
  return whole && read_points(data, metric, into);
}

// ResourceMetrics{1 Resource{1 attributes}, 2 ScopeMetrics{2 metrics}}
bool read_resource(std::string_view message, OtlpPoints& into) {
  OtlpPoint attributes;
  const bool whole = each_message(message, 1, [&](std::string_view resource) {
    return each_message(resource, 1, [&](std::string_view attribute) {
      return add_attribute(attribute, attributes);
    });
  });
  into.set_resource(std::move(attributes));
  return whole && each_message(message, 2, [&](std::string_view scope) {
           return each_message(scope, 2,
                               [&](std::string_view metric) { return read_metric(metric, into); });
         });
}

// Logs and spans lie where metrics do: resources in 1, scopes in 2, records in 2.
bool count_records(std::string_view body, std::uint64_t& records) {
  return each_message(body, 1, [&](std::string_view resource) {
    return each_message(resource, 2, [&](std::string_view scope) {
      return each_message(scope, 2, [&](std::string_view) {
        ++records;
        return true;
      });
    });
  });
}

}  // namespace

Status read_otlp_protobuf(std::string_view body, OtlpSignal signal, OtlpPoints& into) {
  bool whole = false;
  std::uint64_t records = 0;
  if (signal == OtlpSignal::kMetrics) {
    whole = each_message(body, 1,
                         [&](std::string_view resource) { return read_resource(resource, into); });
  } else {
    whole = count_records(body, records);
  }
  if (!whole)
    return Error{ErrorKind::kBadData, "The body is not one whole message of Protocol Buffers."};
  into.reject(signal == OtlpSignal::kLogs ? "logs" : "traces", records);
  return Ok{};
}

}  // namespace candor
