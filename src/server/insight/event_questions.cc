// Questions over events: all of them read the daily rollup.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "server/insight/daily.h"
#include "server/insight/questions.h"

namespace candor {

Result<Events> Questions::events(const std::string& product, int days, Instant now) {
  const auto rows_of = rows_of_events(product, days, now);
  const auto of_automation = rows_of_automation(product, days, now);
  constexpr std::string_view kByName =
      "SELECT value, sumMerge(count) AS n, uniqArrayMerge(sources) {} GROUP BY value ORDER BY n "
      "DESC, value LIMIT {}";
  CANDOR_ASSIGN(names, engine_.query(fmt::format(kByName, rows_of, kMaxEventNames)));
  CANDOR_ASSIGN(automated, engine_.query(fmt::format(kByName, of_automation, kMaxEventNames)));
  CANDOR_ASSIGN(all, engine_.query("SELECT uniqArrayMerge(sources) " + rows_of));
  CANDOR_ASSIGN(all_automated, engine_.query("SELECT uniqArrayMerge(sources) " + of_automation));
  Events events;
  events.sources = all.count(0, 0);
  events.automation = all_automated.count(0, 0);
  for (std::size_t row = 0; row < names.size(); ++row)
    events.names.push_back({names.text(row, 0), names.count(row, 1), names.count(row, 2)});
  for (std::size_t row = 0; row < automated.size(); ++row) {
    const auto name = automated.text(row, 0);
    auto known = std::ranges::find(events.names, name, &EventCount::name);
    if (known == events.names.end()) known = events.names.insert(known, {.name = name});
    known->automation = automated.count(row, 1);
  }
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
