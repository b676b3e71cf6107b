// Questions over events: all of them read the daily rollup.
#include <fmt/format.h>

#include "server/engine/statement.h"
#include "server/insight/daily.h"
#include "server/insight/questions.h"
#include "server/load/daily_rollup.h"

namespace candor {

Result<Events> Questions::events(const std::string& product, int days, Instant now) {
  const auto rows_of = rows_of_events(product, days, now);
  // Those of automation stand in the same rows, under a bucket of their own.
  const auto figures = fmt::format(
      "sumMergeIf(count, bucket = '') AS n, uniqArrayMergeIf(sources, bucket = ''), "
      "sumMergeIf(count, bucket = {0}) AS automated, uniqArrayMergeIf(sources, bucket = {0}) {1}",
      sql_quote(kAutomationBucket), rows_of_figure(product, "", days, now));
  CANDOR_ASSIGN(names, engine_.query(fmt::format("SELECT value, {} GROUP BY value ORDER BY n DESC, "
                                                 "automated DESC, value LIMIT {}",
                                                 figures, kMaxEventNames)));
  CANDOR_ASSIGN(all, engine_.query("SELECT " + figures));
  Events events;
  events.sources = all.count(0, 1);
  events.automation = all.count(0, 3);
  for (std::size_t row = 0; row < names.size(); ++row)
    events.names.push_back(
        {names.text(row, 0), names.count(row, 1), names.count(row, 2), names.count(row, 3)});
  CANDOR_ASSIGN(by_day, engine_.query(fmt::format(
                            "SELECT toUInt16(day), sumMerge(count) {} GROUP BY day", rows_of)));
  const auto from = day_of(now) - days + 1;
  events.counts.resize(static_cast<std::size_t>(days));
  for (auto day = from; day <= day_of(now); ++day) events.days.push_back(day);
  for (std::size_t row = 0; row < by_day.size(); ++row)
    events.counts[static_cast<std::size_t>(by_day.integer(row, 0) - from)] = by_day.number(row, 1);
  return events;
}

}  // namespace candor
