#include "server/admit/samples.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/json.h"
#include "base/numbers.h"
#include "contract/check.h"
#include "contract/limits.h"
#include "contract/metric_labels.h"
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

// The bits of an id that differ from series to series; the others are the metric's, so that the
// store, which sorts by the number, has a metric's series beside each other.
constexpr std::uint64_t kOfSeries = ~std::uint64_t{0} >> 10;

// Of the first 16 hex digits.
std::uint64_t first_number(std::string_view hex) {
  std::uint64_t number = 0;
  for (const char digit : hex.substr(0, 16))
    number = number << 4 | static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  return number;
}

}  // namespace

SampleAdmission::SampleAdmission(const Contract& contract, Instant received, const HashHere& hash,
                                 KnownSeries* known)
    : contract_(contract),
      received_(received),
      hash_(hash),
      known_(known),
      oldest_(to_unix_millis(received - kOldestReport)),
      newest_(to_unix_millis(received + kNewestReport)) {
  if (known_ != nullptr)
    scope_ = known_->hash(static_cast<std::uint64_t>(day_of(received)), contract.hash);
}

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

void SampleAdmission::drop(const std::shared_ptr<const Dropped>& row, std::uint64_t count) {
  auto& rows = admitted_.dropped;
  if (const auto known = known_rows_.find(row); known != known_rows_.end()) {
    rows[known->second].count += count;
    return;
  }
  const auto key = fmt::format("{}\n{}\n{}", row->path, row->type, name_of(row->problem));
  const auto [place, is_new] = drop_rows_.try_emplace(key, rows.size());
  if (is_new && rows.size() + 1 < kMaxDropRows) {
    rows.push_back({row->path, row->type, row->problem, 0});
  } else if (is_new) {
    // The last row stands for all that find no place of their own.
    drop_rows_.erase(place);
    if (rows.size() < kMaxDropRows) rows.push_back({"…", "label", Problem::kUndeclared, 0});
    rows.back().count += count;
    return;
  }
  rows[place->second].count += count;
  known_rows_.emplace(row, place->second);
}

std::shared_ptr<const Dropped> SampleAdmission::row(std::string path, std::string_view type,
                                                    Problem problem) {
  Dropped row{shortened(std::move(path)), std::string(type), problem, 1};
  if (known_ != nullptr) return known_->row(std::move(row));
  return std::make_shared<const Dropped>(std::move(row));
}

SeriesVerdictPtr SampleAdmission::in_quarantine(const SeriesSubmission& series, Problem problem) {
  auto verdict = std::make_shared<SeriesVerdict>(series.bytes);
  verdict->drops.push_back(row(std::string(series.name), "metric", problem));
  return verdict;
}

std::vector<SampleAdmission::KeptLabel> SampleAdmission::keep_labels(
    const SeriesSubmission& series, const MetricPart& part,
    std::vector<std::shared_ptr<const Dropped>>& rows) {
  const auto& metric = *part.metric;
  std::vector<KeptLabel> kept;
  for (const auto& label : series.labels) {
    if (label.value.empty()) continue;  // as if it were not there
    const auto left_out = [&](Problem problem) {
      const auto name = is_text(label.name) ? label.name : "…";
      rows.push_back(row(label_path(metric.name, name.substr(0, kMaxPathBytes)), "label", problem));
    };
    const auto fate = fate_of(part, label.name);
    if (fate == LabelFate::kDropped) {
      left_out(Problem::kUndeclared);
    } else if (!is_text(label.value)) {
      left_out(Problem::kWrongType);
    } else if (std::ranges::find(kept, label.name, &KeptLabel::name) != kept.end()) {
      left_out(Problem::kDuplicateKey);
    } else if (fate == LabelFate::kKeyed) {
      kept.push_back({label.name, hash_.keyed(label.value)});
      rows.push_back(row(label_path(metric.name, label.name), "label", Problem::kHashedHere));
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
  return first_number(hash_.keyed(fmt::format("sample\n{}\n{}", at, digest)));
}

SeriesVerdictPtr SampleAdmission::judge(const SeriesSubmission& series) {
  const auto part = contract_.metric(series.name);
  if (part.metric == nullptr) return in_quarantine(series, Problem::kUndeclared);
  if (is_expired(*part.metric, day_of(received_))) return in_quarantine(series, Problem::kExpired);
  if (series.type && *series.type != part.metric->type)
    return in_quarantine(series, Problem::kWrongType);
  std::vector<std::shared_ptr<const Dropped>> rows;
  const auto labels = keep_labels(series, part, rows);
  // Empty labels count as absent, so they make no other series.
  const auto given = std::ranges::count_if(
      series.labels, [](const MetricLabel& label) { return !label.value.empty(); });
  const auto digest =
      labels.size() < static_cast<std::size_t>(given) ? digest_of(series) : std::string();
  std::string_view installation;
  Json kept = Json::object();
  for (const auto& label : labels) {
    if (label.name == part.metric->installation) {
      installation = label.value;
    } else {
      kept[std::string(label.name)] = label.value;
    }
  }
  const auto text = to_line(kept);
  // Under the key, so that no client can find two series that the store takes for one.
  const auto of_metric =
      first_number(hash_.keyed(fmt::format("metric\n{}\n{}", contract_.product, series.name)));
  const auto of_series = first_number(hash_.keyed(
      fmt::format("id\n{}\n{}\n{}\n{}", contract_.product, series.name, text, installation)));
  const auto id = (of_metric & ~kOfSeries) | (of_series & kOfSeries);
  auto verdict = std::make_shared<SeriesVerdict>(
      series.bytes, SeriesName{id, series.name, text, installation}, digest);
  verdict->drops = std::move(rows);
  return verdict;
}

bool SampleAdmission::apply(const SeriesVerdict& verdict, std::span<const MetricSample> samples) {
  if (samples.empty()) return verdict.is_kept();
  if (!verdict.is_kept()) {
    admitted_.quarantined += samples.size();
    for (const auto& row : verdict.drops) drop(row, samples.size());
    return false;
  }
  const auto digest = verdict.digest();
  const auto name = verdict.name();
  taken_.clear();
  for (const auto& sample : samples) {
    if (sample.at >= oldest_ && sample.at <= newest_)
      taken_.push_back({sample.at, sample.value, digest.empty() ? 0 : tag_of(digest, sample.at)});
  }
  const auto outside = samples.size() - taken_.size();
  if (outside > 0) refuse("outside_time_window", outside);
  if (taken_.empty()) return outside == 0;
  for (const auto& row : verdict.drops) drop(row, taken_.size());
  if (kept_labels_bytes_ + name.labels.size() > kMaxKeptLabelsBytes)
    return refuse_series("too_long_labels", taken_.size());
  kept_labels_bytes_ += name.labels.size();
  admitted_.accepted += taken_.size();
  admitted_.series.add(name, taken_);
  return outside == 0;
}

bool SampleAdmission::add_known(std::string_view bytes, std::span<const MetricSample> samples) {
  if (known_ == nullptr || bytes.empty() || samples_ + samples.size() > kMaxSamples) return false;
  const auto verdict = known_->find(scope_, bytes);
  if (!verdict) return false;
  samples_ += samples.size();
  apply(*verdict, samples);
  return true;
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
  const auto verdict = judge(series);
  if (known_ != nullptr && !series.bytes.empty()) known_->add(scope_, verdict);
  return apply(*verdict, series.samples);
}

}  // namespace candor
