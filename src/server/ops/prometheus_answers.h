// What Prometheus and Alertmanager answer, as values; and how a question names things. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace candor {

using PromLabels = std::map<std::string, std::string, std::less<>>;

std::string_view label_of(const PromLabels& labels, std::string_view name);  // "" when not there

struct PromPoint {
  double at = 0;  // seconds since 1970
  double value = 0;
};

struct PromSeries {
  PromLabels labels{};
  std::vector<PromPoint> points{};  // of finite values only, the oldest first
};

struct PromAlert {
  PromLabels labels{};
  PromLabels annotations{};
  bool is_firing = false;  // false: pending
  std::optional<Instant> since{};
};

struct MutedAlert {
  PromLabels labels{};
  bool is_silenced = false;  // false: another one mutes it
};

// The text as a string of PromQL, with its quotes: "a\"b".
std::string promql_text(std::string_view text);

// kBadData with a sentence for what is no such answer. Of query and query_range:
Result<std::vector<PromSeries>> parse_series(std::string_view answer);
// Of alerts:
Result<std::vector<PromAlert>> parse_alerts(std::string_view answer);
// Of label/…/values:
Result<std::vector<std::string>> parse_values(std::string_view answer);
// Of Alertmanager's /api/v2/alerts, those that are muted:
Result<std::vector<MutedAlert>> parse_muted(std::string_view answer);

}  // namespace candor
