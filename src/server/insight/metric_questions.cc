// Questions over the samples of metrics: the daily rollup, and the samples of the last hour.
#include <fmt/format.h>

#include <map>

#include "server/insight/questions.h"

namespace candor {
namespace {

std::string rows_of(const std::string& product, int days, Instant now) {
  return fmt::format("FROM candor.metric_days WHERE product = {} AND day > '{}' AND day <= '{}'",
                     sql_quote(product), format_day(day_of(now) - days), format_day(day_of(now)));
}

// By series first. What is no finite number is not looked at: the end of a series is a NaN. A
// counter that is lower than before began again at zero.
std::string question_of_now(const std::string& product, Instant now) {
  const auto from = now - std::chrono::minutes(kNowMinutes);
  return fmt::format(
      "SELECT metric, avg(newest), sum(rate), max(until) FROM (SELECT metric, "
      "argMax(value, at) AS newest, argMin(value, at) AS oldest, toInt64(max(at)) AS until, "
      "toInt64(min(at)) AS since, if(until > since, "
      "if(newest >= oldest, newest - oldest, newest) * 1000 / (until - since), 0) AS rate "
      "FROM candor.samples WHERE product = {} AND day >= '{}' AND at > {} AND value - value = 0 "
      "GROUP BY metric, series) GROUP BY metric LIMIT {}",
      sql_quote(product), format_day(day_of(from)), to_unix_millis(from), kMaxMetricNames);
}

}  // namespace

Result<std::vector<MetricCount>> Questions::metrics(const std::string& product, int days,
                                                    Instant now) {
  CANDOR_ASSIGN(rows,
                engine_.query(fmt::format(
                    "SELECT metric, uniqMerge(samples), uniqMerge(series), "
                    "uniqArrayMerge(installations) {} GROUP BY metric ORDER BY metric LIMIT {}",
                    rows_of(product, days, now), kMaxMetricNames)));
  CANDOR_ASSIGN(newest, engine_.query(question_of_now(product, now)));
  std::map<std::string, MetricCount::Now> by_name;
  for (std::size_t row = 0; row < newest.size(); ++row) {
    by_name[newest.text(row, 0)] = {newest.number(row, 1), newest.number(row, 2),
                                    from_unix_millis(newest.integer(row, 3))};
  }
  std::vector<MetricCount> metrics;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    MetricCount metric{rows.text(row, 0), rows.count(row, 1), rows.count(row, 2),
                       rows.count(row, 3), std::nullopt};
    if (const auto found = by_name.find(metric.name); found != by_name.end())
      metric.now = found->second;
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

Result<std::vector<double>> Questions::metric_days(const std::string& product,
                                                   const std::string& metric, int days,
                                                   Instant now) {
  CANDOR_ASSIGN(rows,
                engine_.query(fmt::format(
                    "SELECT toUInt16(day), uniqMerge(samples) {} AND metric = {} GROUP BY day",
                    rows_of(product, days, now), sql_quote(metric))));
  const auto from = day_of(now) - days + 1;
  std::vector<double> counts(static_cast<std::size_t>(days));
  for (std::size_t row = 0; row < rows.size(); ++row)
    counts[static_cast<std::size_t>(rows.integer(row, 0) - from)] = rows.number(row, 1);
  return counts;
}

}  // namespace candor
