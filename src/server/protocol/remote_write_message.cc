// The messages of remote write, the fields that count.
#include <bit>
#include <vector>

#include "server/admit/limits.h"
#include "server/protocol/limits.h"
#include "server/protocol/remote_write.h"
#include "wire/protobuf.h"

namespace candor {
namespace {

using Field = ProtobufField;

constexpr std::string_view kNameLabel = "__name__";

// One series, whose lists are used again for the next one.
struct Series {
  std::string_view name;
  std::string_view bytes;  // of the labels, where they stand together and so name the series
  std::vector<MetricLabel> labels;
  std::vector<MetricSample> samples;
  std::uint64_t histograms = 0;
  std::uint64_t too_many = 0;  // samples beyond kMaxSamples

  void clear() {
    name = {};
    bytes = {};
    labels.clear();
    samples.clear();
    histograms = 0;
    too_many = 0;
  }
  void add_label(std::string_view label, std::string_view value) {
    if (label == kNameLabel) {
      name = value;
    } else if (labels.size() <= kMaxLabels) {
      // Beyond that one too many is enough to have the series refused.
      labels.push_back({label, value});
    }
  }
  void give_to(SampleAdmission& admission) const {
    if (!samples.empty()) admission.add({name, std::nullopt, labels, samples, bytes});
    give_rest_to(admission);
  }
  void give_rest_to(SampleAdmission& admission) const {
    if (too_many > 0) admission.refuse("too_many_samples", too_many);
    if (histograms > 0) admission.refuse("native_histogram", histograms);
  }
};

// Sample{1 value, 2 timestamp in ms}, alike in both versions; 3 start_timestamp is not kept.
bool add_sample(std::string_view message, Series& series) {
  MetricSample sample;
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.is_fixed64(1)) sample.value = field.real();
    if (field.is_number(2)) sample.at = field.integer();
  }
  if (series.samples.size() < kMaxSamples) {
    series.samples.push_back(sample);
  } else {
    ++series.too_many;
  }
  return reader.ok();
}

// Label{1 name, 2 value}
bool add_label(std::string_view message, Series& series) {
  std::string_view name, value;
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.is_bytes(1)) name = field.bytes;
    if (field.is_bytes(2)) value = field.bytes;
  }
  series.add_label(name, value);
  return reader.ok();
}

// TimeSeries{1 labels, 2 samples, 3 exemplars, 4 histograms}: all but the labels, of which it is
// found out whether they stand together in front, as every sender has them.
bool read_samples(std::string_view message, Series& series) {
  std::size_t end_of_labels = 0;
  bool together = true, behind = false;
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.is_bytes(1)) {
      end_of_labels = static_cast<std::size_t>(field.bytes.end() - message.begin());
      together = together && !behind;
      continue;
    }
    behind = true;
    if (field.is_bytes(2) && !add_sample(field.bytes, series)) return false;
    if (field.is_bytes(4)) ++series.histograms;
  }
  if (together) series.bytes = message.substr(0, end_of_labels);
  return reader.ok();
}

bool read_labels(std::string_view message, Series& series) {
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if (field.is_bytes(1) && !add_label(field.bytes, series)) return false;
  }
  return reader.ok();
}

// WriteRequest{1 timeseries, 3 metadata}
bool read_version1(std::string_view message, SampleAdmission& admission) {
  Series series;
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if (!field.is_bytes(1)) continue;
    series.clear();
    if (!read_samples(field.bytes, series)) return false;
    if (admission.add_known(series.bytes, series.samples)) {
      series.give_rest_to(admission);
      continue;
    }
    if (!read_labels(field.bytes, series)) return false;
    series.give_to(admission);
  }
  return reader.ok();
}

// Pairs of places in the table of symbols, packed or not.
class References {
 public:
  bool add(const Field& field) {
    if (field.kind == Field::Kind::kNumber) return add(field.value);
    auto packed = field.bytes;
    for (std::uint64_t reference = 0; !packed.empty();) {
      if (!take_varint(packed, reference) || !add(reference)) return false;
    }
    return true;
  }
  // False for a reference to nowhere, and for a name without a value.
  bool resolve(const std::vector<std::string_view>& symbols, Series& series) const {
    if (count_ % 2 != 0) return false;
    for (std::size_t i = 0; i < places_.size(); i += 2) {
      if (places_[i] >= symbols.size() || places_[i + 1] >= symbols.size()) return false;
      series.add_label(symbols[places_[i]], symbols[places_[i + 1]]);
    }
    return true;
  }

 private:
  bool add(std::uint64_t reference) {
    // As many as have the series refused, and an even number.
    if (places_.size() < 2 * (kMaxLabels + 2))
      places_.push_back(static_cast<std::uint32_t>(reference));
    ++count_;
    return reference <= UINT32_MAX;
  }
  std::vector<std::uint32_t> places_;
  std::uint64_t count_ = 0;
};

// TimeSeries{1 labels_refs, 2 samples, 3 histograms, 4 exemplars, 5 metadata}; 6 created_timestamp
// of earlier drafts is passed over.
bool read_series(std::string_view message, const std::vector<std::string_view>& symbols,
                 Series& series) {
  References references;
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if ((field.is_bytes(1) || field.is_number(1)) && !references.add(field)) return false;
    if (field.is_bytes(2) && !add_sample(field.bytes, series)) return false;
    if (field.is_bytes(3)) ++series.histograms;
  }
  return reader.ok() && references.resolve(symbols, series);
}

// Request{4 symbols, 5 timeseries}; the symbols may stand behind.
bool read_version2(std::string_view message, SampleAdmission& admission) {
  std::vector<std::string_view> symbols;
  ProtobufReader first(message);
  for (Field field; first.next(field);) {
    if (!field.is_bytes(4)) continue;
    if (symbols.size() == kMaxSymbols) return false;
    symbols.push_back(field.bytes);
  }
  if (!first.ok() || (!symbols.empty() && !symbols.front().empty())) return false;
  Series series;
  ProtobufReader reader(message);
  for (Field field; reader.next(field);) {
    if (!field.is_bytes(5)) continue;
    series.clear();
    if (!read_series(field.bytes, symbols, series)) return false;
    series.give_to(admission);
  }
  return reader.ok();
}

}  // namespace

Status read_remote_write(std::string_view message, RemoteWrite version,
                         SampleAdmission& admission) {
  const bool whole = version == RemoteWrite::kVersion1 ? read_version1(message, admission)
                                                       : read_version2(message, admission);
  if (whole) return Ok{};
  return Error{ErrorKind::kBadData, "The body is not one whole message of remote write."};
}

}  // namespace candor
