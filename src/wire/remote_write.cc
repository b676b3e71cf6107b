#include "wire/remote_write.h"

#include <algorithm>
#include <bit>

#include "wire/protobuf.h"
#include "wire/snappy.h"

namespace candor {
namespace {

constexpr std::string_view kNameLabel = "__name__";

}  // namespace

// WriteRequest{1 timeseries}, TimeSeries{1 labels, 2 samples}, Label{1 name, 2 value},
// Sample{1 value, 2 timestamp}.
void RemoteWriteMessage::add(std::string_view metric, std::vector<WrittenLabel> labels,
                             std::span<const WrittenSample> samples) {
  std::erase_if(labels, [](const WrittenLabel& label) { return label.value.empty(); });
  labels.push_back({kNameLabel, metric});
  std::ranges::sort(labels, {}, &WrittenLabel::name);
  std::string series;
  for (const auto& [name, value] : labels) {
    std::string label;
    put_bytes_field(label, 1, name);
    put_bytes_field(label, 2, value);
    put_bytes_field(series, 1, label);
  }
  for (const auto& [at, value] : samples) {
    std::string sample;
    put_fixed64_field(sample, 1, std::bit_cast<std::uint64_t>(value));
    put_varint_field(sample, 2, static_cast<std::uint64_t>(at));
    put_bytes_field(series, 2, sample);
  }
  put_bytes_field(message_, 1, series);
}

std::string RemoteWriteMessage::block() const { return snappy_block(message_); }

std::vector<HttpHeader> remote_write_headers() {
  return {{"Content-Type", "application/x-protobuf"},
          {"Content-Encoding", "snappy"},
          {"X-Prometheus-Remote-Write-Version", "0.1.0"}};
}

}  // namespace candor
