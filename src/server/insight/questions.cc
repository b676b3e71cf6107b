#include "server/insight/questions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "server/insight/daily.h"
#include "server/insight/limits.h"

namespace candor {
namespace {

constexpr std::string_view kVersionInsight = "version";

std::string not_simulated(Simulated simulated) {
  return simulated == Simulated::kIncluded ? "" : " AND simulated = 0";
}

// The values of each installation's newest report of today and the kActiveDays days before, as rows
// (insight, installation, value, word, has, robot).
std::string newest_values(const std::string& product, Simulated simulated, Instant now) {
  return fmt::format(
      "SELECT insight, installation, argMax(number, version) AS value, argMax(text, version) AS "
      "word, "
      "argMax(present, version) AS has, argMax(automation, version) AS robot "
      "FROM candor.report_values WHERE product = {} AND day >= '{}' AND day <= '{}'{} "
      "GROUP BY insight, installation",
      sql_quote(product), format_day(day_of(now) - kActiveDays), format_day(day_of(now)),
      not_simulated(simulated));
}

// As newest_values of one insight, but for each day `d` of [from, to] as it was seen then.
std::string newest_values_by_day(const std::string& product, std::string_view insight,
                                 std::int64_t from, std::int64_t to, Simulated simulated) {
  return fmt::format(
      "SELECT installation, arrayJoin(arrayMap(x -> toUInt16(day) + x, range({}))) AS d, "
      "argMax(number, version) AS value, argMax(text, version) AS word, argMax(present, version) "
      "AS has, "
      "argMax(automation, version) AS robot "
      "FROM candor.report_values WHERE product = {} AND insight = {} AND day >= '{}' AND day <= "
      "'{}'{} "
      "GROUP BY d, installation HAVING d >= {} AND d <= {}",
      kActiveDays + 1, sql_quote(product), sql_quote(insight), format_day(from - kActiveDays),
      format_day(to), not_simulated(simulated), from, to);
}

bool is_sum_of_events(const Insight& insight) {
  return insight.aggregate == Aggregate::kSum && !insight.event.empty();
}

std::vector<std::int64_t> days_between(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> days;
  for (auto day = from; day <= to; ++day) days.push_back(day);
  return days;
}

}  // namespace

std::uint64_t Accounting::of(const std::string& outcome) const {
  const auto found = counts.find(outcome);
  return found == counts.end() ? 0 : found->second;
}

std::uint64_t Accounting::received() const {
  std::uint64_t sum = 0;
  for (const auto& [outcome, count] : counts) sum += count;
  return sum;
}

Result<Overview> Questions::overview(const Contract& contract, Simulated simulated, Instant now) {
  Overview overview;
  const auto newest = newest_values(contract.product, simulated, now);
  CANDOR_ASSIGN(
      sums, engine_.query(fmt::format("SELECT insight, sum(value * has), count(), sum(robot) FROM "
                                      "({}) WHERE robot = 0 OR insight = '' GROUP BY insight",
                                      newest)));
  std::map<std::string, double> values;
  for (std::size_t row = 0; row < sums.size(); ++row) {
    values[sums.text(row, 0)] = sums.number(row, 1);
    if (!sums.text(row, 0).empty()) continue;
    overview.automation = sums.count(row, 3);
    overview.installations = sums.count(row, 2) - overview.automation;
  }
  if (std::ranges::any_of(contract.insights, is_sum_of_events)) {
    std::vector<std::string> names;
    for (const auto& insight : contract.insights) {
      if (is_sum_of_events(insight)) names.push_back(sql_quote(insight.name));
    }
    CANDOR_ASSIGN(
        totals,
        engine_.query(fmt::format(
            "SELECT figure, sumMerge(total) {} AND figure IN ({}) GROUP BY figure",
            rows_of_figures(contract.product, kEventSumDays, now), fmt::join(names, ", "))));
    for (std::size_t row = 0; row < totals.size(); ++row)
      values[totals.text(row, 0)] = totals.number(row, 1);
  }
  for (const auto& insight : contract.insights) {
    if (insight.aggregate == Aggregate::kSum)
      overview.figures.push_back({&insight, values[insight.name]});
  }
  CANDOR_ASSIGN(
      engaged,
      engine_.query(fmt::format(
          "SELECT count() FROM (SELECT installation, minMerge(first) AS f, maxMerge(last) AS l "
          "FROM candor.installations "
          "WHERE product = {}{} GROUP BY installation) WHERE l - f >= {} AND installation IN "
          "(SELECT installation FROM ({}) WHERE insight = '' AND robot = 0)",
          sql_quote(contract.product), not_simulated(simulated),
          Millis(std::chrono::days(1)).count(), newest)));
  overview.engaged = engaged.count(0, 0);
  CANDOR_ASSIGN(shares, versions(contract, simulated, now));
  overview.versions = std::move(shares);
  return overview;
}

Result<std::uint64_t> Questions::reporting(const std::string& product, Simulated simulated,
                                           Instant now) {
  CANDOR_ASSIGN(
      rows, engine_.query(fmt::format(
                "SELECT count() FROM (SELECT installation, maxMerge(last) AS l FROM "
                "candor.installations WHERE product = {}{} GROUP BY installation) WHERE l >= "
                "{} AND installation IN (SELECT installation FROM ({}) WHERE insight = '' AND "
                "robot = 0)",
                sql_quote(product), not_simulated(simulated), to_unix_millis(now - kReportingTime),
                newest_values(product, simulated, now))));
  return rows.count(0, 0);
}

Result<std::vector<VersionShare>> Questions::versions(const Contract& contract, Simulated simulated,
                                                      Instant now) {
  std::vector<VersionShare> shares;
  if (contract.insight(kVersionInsight) == nullptr) return shares;
  CANDOR_ASSIGN(rows,
                engine_.query(fmt::format("SELECT word, count() AS n FROM ({}) WHERE insight = {} "
                                          "AND robot = 0 GROUP BY word ORDER BY n DESC, word",
                                          newest_values(contract.product, simulated, now),
                                          sql_quote(kVersionInsight))));
  for (std::size_t row = 0; row < rows.size(); ++row)
    shares.push_back({rows.text(row, 0), rows.count(row, 1)});
  return shares;
}

// One question for all insights of reports, and one for all of events: an answer costs more than
// the rows it is about.
Result<std::vector<Popular>> Questions::popular(const Contract& contract, int days,
                                                Simulated simulated, Instant now) {
  std::vector<Popular> figures;
  std::vector<std::string> of_reports, of_events;
  for (const auto& insight : contract.insights) {
    if (insight.aggregate != Aggregate::kPopular) continue;
    figures.push_back({&insight, {}});
    (insight.event.empty() ? of_reports : of_events).push_back(sql_quote(insight.name));
  }
  const auto add = [&](const std::string& question) -> Status {
    CANDOR_ASSIGN(rows, engine_.query(question));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto figure = std::ranges::find(figures, rows.text(row, 0), [](const Popular& one) {
        return std::string_view(one.insight->name);
      });
      figure->rows.push_back({rows.text(row, 1), rows.count(row, 2), rows.count(row, 3)});
    }
    return Ok{};
  };
  if (!of_reports.empty()) {
    // A report's texts stand in one value, a line each.
    CANDOR_TRY(add(fmt::format(
        "SELECT insight, v, count() AS n, n FROM (SELECT insight, arrayJoin(splitByChar('\\n', "
        "word)) AS v FROM ({}) WHERE insight IN ({}) AND has = 1 AND robot = 0) GROUP BY insight, "
        "v ORDER BY n DESC, v LIMIT {} BY insight",
        newest_values(contract.product, simulated, now), fmt::join(of_reports, ", "),
        kMaxPopular)));
  }
  if (!of_events.empty()) {
    CANDOR_TRY(add(fmt::format(
        "SELECT figure, value, uniqArrayMerge(sources) AS n, sumMerge(count) {} AND figure IN ({}) "
        "GROUP BY figure, value ORDER BY n DESC, value LIMIT {} BY figure",
        rows_of_figures(contract.product, days, now), fmt::join(of_events, ", "), kMaxPopular)));
  }
  return figures;
}

Result<Trend> Questions::trend(const Contract& contract, const std::string& insight, int days,
                               Simulated simulated, Instant now) {
  const auto to = day_of(now), from = to - days + 1;
  const auto* declared = contract.insight(insight);
  const auto question =
      declared != nullptr && is_sum_of_events(*declared)
          ? fmt::format("SELECT toUInt16(day) AS d, sumMerge(total) {} GROUP BY day",
                        rows_of_figure(contract.product, insight, days, now))
          : fmt::format("SELECT d, sum(value * has) FROM ({}) WHERE robot = 0 GROUP BY d",
                        newest_values_by_day(contract.product, insight, from, to, simulated));
  CANDOR_ASSIGN(rows, engine_.query(question));
  Trend trend{days_between(from, to),
              {{"", std::vector<double>(static_cast<std::size_t>(days), 0.0)}}};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    trend.series[0].values[static_cast<std::size_t>(rows.integer(row, 0) - from)] =
        rows.number(row, 1);
  }
  return trend;
}

Result<Trend> Questions::version_trend(const Contract& contract, int days, Simulated simulated,
                                       Instant now) {
  const auto to = day_of(now), from = to - days + 1;
  CANDOR_ASSIGN(rows,
                engine_.query(fmt::format(
                    "SELECT word, d, count() FROM ({}) WHERE robot = 0 GROUP BY word, d",
                    newest_values_by_day(contract.product, kVersionInsight, from, to, simulated))));
  std::map<std::string, std::vector<double>> by_version;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto& values = by_version[rows.text(row, 0)];
    values.resize(static_cast<std::size_t>(days));
    values[static_cast<std::size_t>(rows.integer(row, 1) - from)] = rows.number(row, 2);
  }
  Trend trend{days_between(from, to), {}};
  for (auto& [version, values] : by_version) trend.series.push_back({version, std::move(values)});
  std::ranges::stable_sort(trend.series, std::ranges::greater(),
                           [](const auto& series) { return series.values.back(); });
  if (trend.series.size() > kMaxVersionSeries) trend.series.resize(kMaxVersionSeries);
  return trend;
}

Result<Accounting> Questions::accounting(const std::string& product) {
  CANDOR_ASSIGN(
      rows,
      engine_.query(fmt::format(
          "SELECT outcome, sum(count) FROM candor.accounting WHERE product = {} GROUP BY outcome",
          sql_quote(product))));
  Accounting accounting;
  for (std::size_t row = 0; row < rows.size(); ++row)
    accounting.counts[rows.text(row, 0)] = rows.count(row, 1);
  return accounting;
}

}  // namespace candor
