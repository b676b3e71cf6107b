#include "agent/seal/seal_metrics.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "agent/seal/limits.h"
#include "agent/seal/report_id.h"
#include "base/digest.h"
#include "base/json.h"
#include "contract/check.h"
#include "contract/limits.h"
#include "contract/metric_labels.h"

namespace candor {
namespace {

// Of a message of remote write, besides names and values: tags and lengths, time and value, and the
// label __name__.
constexpr std::size_t kSampleBytes = 40;
constexpr std::size_t kLabelBytes = 12;

std::string value_text(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value > 0 ? "\"+Inf\"" : "\"-Inf\"";
  return to_line(Json(value));
}

// One line of the file, without the value: two samples with the same one are one.
std::string line_of(std::string_view part, const FamilySample& sample) {
  Json labels = Json::object();
  for (const auto& [name, value] : sample.labels) labels[name] = value;
  const auto prefix =
      part.empty() ? std::string() : fmt::format("\"part\": {}, ", to_line(Json(part)));
  return fmt::format("{{{}\"labels\": {}, \"value\": ", prefix, to_line(labels));
}

// What of one metric may leave, found out once a file.
struct Leave {
  bool may = false;
  ConsentedFields::LabelNames labels;
  std::string installation;  // the label that it goes under; empty: none
};

// One file in the making.
class Making {
 public:
  Making(const MetricTerms& terms, Instant now)
      : terms_(terms), contract_(*terms.contract), hmac_(terms.key), day_(day_of(now)) {}

  void add(MetricFamily&& family) {
    if (family.samples.empty()) return;
    const auto* metric = contract_.metric(family.samples.front().name).metric;
    const bool fits = metric != nullptr && (!family.type || *family.type == metric->type);
    if (!fits || !leave_of(*metric).may) {
      counts_.stayed += family.samples.size();
      return;
    }
    const auto lines = lines_of(std::move(family), *metric);
    if (lines.empty()) return;
    const auto& installation = leave_of(*metric).installation;
    text_ += fmt::format(
        "{}\n    {{\"name\": {}, \"type\": \"{}\", {}\"samples\": [", text_.empty() ? "" : ",",
        to_line(Json(metric->name)), name_of(metric->type),
        installation.empty() ? ""
                             : fmt::format("\"installation\": {}, ", to_line(Json(installation))));
    for (std::size_t i = 0; i < lines.size(); ++i)
      text_ += fmt::format("{}\n      {}", i == 0 ? "" : ",", lines[i]);
    text_ += "\n    ]}";
    counts_.sealed += lines.size();
    channels_.insert(contract_.channels[metric->channel].name);
  }

  const MetricCounts& counts() const { return counts_; }
  const ChannelSet& channels() const { return channels_; }
  const std::string& text() const { return text_; }

 private:
  const Leave& leave_of(const DeclaredMetric& metric) {
    const auto [place, is_new] = leaves_.try_emplace(&metric);
    auto& leave = place->second;
    if (!is_new) return leave;
    const auto& channel = contract_.channels[metric.channel].name;
    if (!terms_.channels.contains(channel) || is_expired(metric, day_)) return leave;
    auto labels = terms_.fields.labels_of(contract_, metric);
    if (!labels) return leave;
    leave.may = true;
    leave.labels = *std::move(labels);
    if (leave.labels.contains(metric.installation)) leave.installation = metric.installation;
    return leave;
  }

  std::vector<std::string> lines_of(MetricFamily&& family, const DeclaredMetric& metric) {
    std::vector<std::string> lines, values;
    std::vector<std::size_t> sizes;
    std::unordered_map<std::string, std::size_t> times;
    for (auto& sample : family.samples) {
      const auto part = contract_.metric(sample.name);
      if (part.metric != &metric) {
        ++counts_.stayed;
        continue;
      }
      keep_labels(sample, part);
      lines.push_back(line_of(std::string_view(sample.name).substr(metric.name.size()), sample));
      values.push_back(value_text(sample.value));
      sizes.push_back(bytes_on_wire(sample, leave_of(metric).installation));
      ++times[lines.back()];
    }
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (times[lines[i]] > 1) {
        ++counts_.collided;
      } else if (counts_.sealed + kept.size() >= kMaxPushedSamples ||
                 sizes[i] > kMaxPushedBytes - bytes_) {
        ++counts_.too_many;
      } else {
        bytes_ += sizes[i];
        kept.push_back(lines[i] + values[i] + "}");
      }
    }
    return kept;
  }

  // At most: the file says the installation once, its message with each sample.
  std::size_t bytes_on_wire(const FamilySample& sample, const std::string& installation) const {
    auto bytes = kSampleBytes + kLabelBytes + sample.name.size();
    for (const auto& [name, value] : sample.labels)
      bytes += kLabelBytes + name.size() + value.size();
    if (installation.empty()) return bytes;
    return bytes + kLabelBytes + installation.size() + terms_.installation.size();
  }

  void keep_labels(FamilySample& sample, const MetricPart& part) {
    const auto& leave = leave_of(*part.metric);
    std::erase_if(sample.labels, [&](FamilyLabel& label) {
      const auto fate = fate_of(part, label.name);
      const bool is_agreed = leave.labels.contains(label.name) || label.name == part.implied;
      // Whose it is says the agent, and nobody else.
      if (fate == LabelFate::kDropped || !is_agreed || label.name == part.metric->installation)
        return true;
      // Also of a service's, which is a hash already, under a key that outlives this identity.
      if (fate == LabelFate::kKeyed && !label.value.empty()) label.value = hmac_.hex(label.value);
      return label.value.empty() || label.value.size() > kMaxLabelValueBytes ||
             !simdjson::validate_utf8(label.value.data(), label.value.size());
    });
    std::ranges::sort(sample.labels, {}, &FamilyLabel::name);
  }

  const MetricTerms& terms_;
  const Contract& contract_;
  const Hmac hmac_;
  const std::int64_t day_;
  std::unordered_map<const DeclaredMetric*, Leave> leaves_;
  MetricCounts counts_;
  ChannelSet channels_;
  std::size_t bytes_ = 0;  // on the wire
  std::string text_;       // of the metrics
};

// All before the metrics.
std::string head_of(const MetricTerms& terms, const ChannelSet& channels, std::string_view agent,
                    Instant now) {
  Json header = {{"format", 1},
                 {"kind", "metrics"},
                 {"product", terms.contract->product},
                 {"contract", terms.contract->hash},
                 {"channels", channels}};
  if (terms.contract->licence) header["licence"] = terms.contract->licence->id;
  header["installation"] = terms.installation;
  header["agent"] = agent;
  auto head = to_pretty({{"candor", std::move(header)}, {"at", format_rfc3339(now)}});
  head.resize(head.rfind("\n}"));
  return head;
}

}  // namespace

class MetricsSeal {
 public:
  static SealedMetrics close(const Making& made, const MetricTerms& terms, std::string_view agent,
                             Instant now) {
    auto bytes = fmt::format("{},\n  \"metrics\": [{}\n  ]\n}}\n",
                             head_of(terms, made.channels(), agent, now), made.text());
    auto digest = sha256_hex(bytes);
    auto id = report_id(now, digest);
    return {std::move(id), std::move(bytes), std::move(digest)};
  }
};

ChannelSet metric_channels(const Contract& contract) {
  ChannelSet channels;
  for (const auto& metric : contract.metrics)
    channels.insert(contract.channels[metric.channel].name);
  return channels;
}

SealedPush seal_metrics(std::vector<MetricFamily> families, const MetricTerms& terms,
                        std::string_view agent, Instant now) {
  const auto at = std::chrono::floor<Millis>(now);
  Making making(terms, at);
  for (auto& family : families) making.add(std::move(family));
  if (making.counts().sealed == 0) return {std::nullopt, making.counts()};
  return {MetricsSeal::close(making, terms, agent, at), making.counts()};
}

std::size_t count_samples(std::string_view file) {
  const auto json = parse_json(file);
  const auto* metrics = json.ok() ? find_member(*json, "metrics") : nullptr;
  if (metrics == nullptr || !metrics->is_array()) return 0;
  std::size_t count = 0;
  for (const auto& metric : *metrics) {
    const auto* samples = find_member(metric, "samples");
    if (samples != nullptr && samples->is_array()) count += samples->size();
  }
  return count;
}

}  // namespace candor
