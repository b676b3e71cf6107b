// Questions over the samples of metrics: all of them read the daily rollup.
#include <fmt/format.h>

#include "server/insight/questions.h"

namespace candor {

Result<std::vector<MetricCount>> Questions::metrics(const std::string& product, int days,
                                                    Instant now) {
  CANDOR_ASSIGN(rows, engine_.query(fmt::format(
                          "SELECT metric, uniqMerge(samples), uniqMerge(series) FROM "
                          "candor.metric_days WHERE product = {} AND day > '{}' AND day <= '{}' "
                          "GROUP BY metric ORDER BY metric LIMIT {}",
                          sql_quote(product), format_day(day_of(now) - days),
                          format_day(day_of(now)), kMaxMetricNames)));
  std::vector<MetricCount> metrics;
  for (std::size_t row = 0; row < rows.size(); ++row)
    metrics.push_back({rows.text(row, 0), rows.count(row, 1), rows.count(row, 2)});
  return metrics;
}

}  // namespace candor
