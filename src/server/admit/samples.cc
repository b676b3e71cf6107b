#include "server/admit/samples.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/json.h"
#include "base/numbers.h"
#include "contract/check.h"
#include "contract/limits.h"
#include "server/admit/hash_here.h"
#include "server/admit/limits.h"

namespace candor {
namespace {

bool is_text(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

// At most kMaxPathBytes, and not in the middle of a character.
std::string shortened(std::string path) {
  if (path.size() <= kMaxPathBytes) return path;
  auto length = kMaxPathBytes;
  while (length > 0 && (static_cast<unsigned char>(path[length]) & 0xc0) == 0x80) --length;
  path.resize(length);
  return path;
}

std::size_t bytes_of(std::span<const MetricLabel> labels) {
  std::size_t sum = 0;
  for (const auto& label : labels) sum += label.name.size() + label.value.size();
  return sum;
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::uint64_t AdmittedSamples::refused_count() const {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : refused) sum += count;
  return sum;
}

void SampleAdmission::refuse(const std::string& reason, std::uint64_t count) {
  admitted_.refused[reason] += count;
}

bool SampleAdmission::refuse_series(const std::string& reason, std::uint64_t count) {
  if (count > 0) refuse(reason, count);
  return false;
}

void SampleAdmission::drop(std::string path, std::string_view type, Problem problem,
                           std::uint64_t count) {
  path = shortened(std::move(path));
  auto& rows = admitted_.dropped;
  const auto key = fmt::format("{}\n{}\n{}", path, type, name_of(problem));
  if (const auto row = drop_rows_.find(key); row != drop_rows_.end()) {
    rows[row->second].count += count;
  } else if (rows.size() + 1 < kMaxDropRows) {
    drop_rows_.emplace(key, rows.size());
    rows.push_back({std::move(path), std::string(type), problem, count});
  } else {
    // The last row stands for all that find no place of their own.
    if (rows.size() < kMaxDropRows) rows.push_back({"…", "label", Problem::kUndeclared, 0});
    rows.back().count += count;
  }
}

bool SampleAdmission::quarantine(std::string_view name, Problem problem, std::uint64_t count) {
  admitted_.quarantined += count;
  drop(std::string(name), "metric", problem, count);
  return false;
}

std::vector<SampleAdmission::KeptLabel> SampleAdmission::keep_labels(const SeriesSubmission& series,
                                                                     const MetricPart& part,
                                                                     std::uint64_t count) {
  const auto& metric = *part.metric;
  std::vector<KeptLabel> kept;
  for (const auto& label : series.labels) {
    if (label.value.empty()) continue;  // as if it were not there
    const auto left_out = [&](Problem problem) {
      const auto name = is_text(label.name) ? label.name : "…";
      drop(label_path(metric.name, name.substr(0, kMaxPathBytes)), "label", problem, count);
    };
    const bool keyed = contains(metric.keyed, label.name);
    if (!keyed && label.name != part.implied && !contains(metric.labels, label.name)) {
      left_out(Problem::kUndeclared);
    } else if (!is_text(label.value)) {
      left_out(Problem::kWrongType);
    } else if (std::ranges::find(kept, label.name, &KeptLabel::name) != kept.end()) {
      left_out(Problem::kDuplicateKey);
    } else if (keyed) {
      kept.push_back({label.name, hash_.keyed(label.value)});
      drop(label_path(metric.name, label.name), "label", Problem::kHashedHere, count);
    } else if (label.value.size() > kMaxLabelValueBytes) {
      left_out(Problem::kTooLong);
    } else {
      kept.push_back({label.name, std::string(label.value)});
    }
  }
  std::ranges::sort(kept, {}, &KeptLabel::name);
  return kept;
}

std::string SampleAdmission::digest_of(const SeriesSubmission& series) const {
  std::string text = fmt::format("series\n{}", series.name);
  for (const auto& label : series.labels) {
    text += '\0';
    text += label.name;
    text += '\0';
    text += label.value;
  }
  return hash_.keyed(text);
}

std::uint64_t SampleAdmission::tag_of(std::string_view digest, std::int64_t at) const {
  std::uint64_t tag = 0;
  for (const char digit : hash_.keyed(fmt::format("sample\n{}\n{}", at, digest)).substr(0, 16))
    tag = tag << 4 | static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  return tag;
}

bool SampleAdmission::add(const SeriesSubmission& series) {
  const auto count = series.samples.size();
  if (series.name.empty()) return refuse_series("no_name", count);
  if (series.name.size() > kMaxMetricNameBytes + kBucketSuffix.size() || !is_text(series.name))
    return refuse_series("bad_name", count);
  if (samples_ + count > kMaxSamples) return refuse_series("too_many_samples", count);
  samples_ += count;
  if (series.labels.size() > kMaxLabels) return refuse_series("too_many_labels", count);
  if (bytes_of(series.labels) > kMaxLabelsBytes) return refuse_series("too_long_labels", count);
  const auto part = contract_.metric(series.name);
  if (part.metric == nullptr) return quarantine(series.name, Problem::kUndeclared, count);
  if (is_expired(*part.metric, day_of(received_)))
    return quarantine(series.name, Problem::kExpired, count);
  if (series.type && *series.type != part.metric->type)
    return quarantine(series.name, Problem::kWrongType, count);
  AdmittedSeries admitted;
  const auto oldest = to_unix_millis(received_ - kOldestReport);
  const auto newest = to_unix_millis(received_ + kNewestReport);
  for (const auto& sample : series.samples) {
    if (sample.at < oldest || sample.at > newest) {
      refuse("outside_time_window");
    } else {
      admitted.samples.push_back({sample.at, sample.value, 0});
    }
  }
  if (admitted.samples.empty()) return count == 0;
  auto labels = keep_labels(series, part, admitted.samples.size());
  // Empty labels count as absent, so they make no other series.
  const auto given = std::ranges::count_if(
      series.labels, [](const MetricLabel& label) { return !label.value.empty(); });
  if (labels.size() < static_cast<std::size_t>(given)) {
    const auto digest = digest_of(series);
    for (auto& sample : admitted.samples) sample.tag = tag_of(digest, sample.at);
  }
  Json kept = Json::object();
  for (auto& label : labels) {
    if (label.name == part.metric->installation) {
      admitted.installation = std::move(label.value);
    } else {
      kept[std::string(label.name)] = std::move(label.value);
    }
  }
  admitted.metric = series.name;
  admitted.labels = to_line(kept);
  if (kept_labels_bytes_ + admitted.labels.size() > kMaxKeptLabelsBytes)
    return refuse_series("too_long_labels", admitted.samples.size());
  kept_labels_bytes_ += admitted.labels.size();
  admitted_.accepted += admitted.samples.size();
  const bool whole = admitted.samples.size() == count;
  admitted_.series.push_back(std::move(admitted));
  return whole;
}

}  // namespace candor
