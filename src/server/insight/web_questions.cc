// Questions over web analytics: visits, pages and ratings. All of them read the daily rollup.
#include <fmt/format.h>

#include <algorithm>

#include "server/insight/daily.h"
#include "server/insight/questions.h"

namespace candor {
namespace {

constexpr std::string_view kPageView = "pageview";

// The contract's figure of a popular member of page views.
const Insight* figure_over(const Contract& contract, std::string_view path) {
  const auto found = std::ranges::find_if(contract.insights, [&](const Insight& insight) {
    return insight.event == kPageView && insight.aggregate == Aggregate::kPopular &&
           insight.paths.front() == path;
  });
  return found == contract.insights.end() ? nullptr : &*found;
}

Rating& rating_of(std::vector<Rating>& ratings, const std::string& activity) {
  const auto found = std::ranges::find(ratings, activity, &Rating::activity);
  if (found != ratings.end()) return *found;
  ratings.push_back({activity, 0, 0, {}, {}});
  return ratings.back();
}

}  // namespace

Result<Web> Questions::web(const Contract& contract, int days, Instant now) {
  Web web;
  const auto views = rows_of_events(contract.product, days, now) +
                     fmt::format(" AND value = {}", sql_quote(kPageView));
  CANDOR_ASSIGN(by_day,
                engine_.query(fmt::format("SELECT toUInt16(day) AS d, sumMerge(count), "
                                          "uniqArrayMerge(sources) {} GROUP BY day ORDER BY d",
                                          views)));
  // Who comes on two days has two identities: the days' visitors are different ones.
  for (std::size_t row = 0; row < by_day.size(); ++row) {
    web.days.push_back({by_day.integer(row, 0), by_day.count(row, 1), by_day.count(row, 2)});
    web.pageviews += by_day.count(row, 1);
  }
  CANDOR_ASSIGN(visitors, engine_.query("SELECT uniqArrayMerge(sources) " + views));
  if (visitors.size() == 1) web.visitors = visitors.count(0, 0);
  if (const auto* pages = figure_over(contract, "page")) {
    CANDOR_ASSIGN(rows,
                  engine_.query(fmt::format(
                      "SELECT value, sumMerge(count) AS n, uniqArrayMerge(sources) {} GROUP BY "
                      "value ORDER BY n DESC, value LIMIT {}",
                      rows_of_figure(contract.product, pages->name, days, now), kMaxPages)));
    for (std::size_t row = 0; row < rows.size(); ++row)
      web.pages.push_back({rows.text(row, 0), rows.count(row, 1), rows.count(row, 2)});
  }
  if (const auto* entries = figure_over(contract, "entry")) {
    CANDOR_ASSIGN(rows, engine_.query("SELECT sumMerge(count) " +
                                      rows_of_figure(contract.product, entries->name, days, now)));
    if (rows.size() == 1) web.visits = rows.count(0, 0);
  }
  return web;
}

Result<std::vector<Rating>> Questions::ratings(const Contract& contract, int days, Instant now) {
  std::vector<Rating> ratings;
  for (const auto& insight : contract.insights) {
    if (insight.aggregate != Aggregate::kRating) continue;
    CANDOR_ASSIGN(rows,
                  engine_.query(fmt::format(
                      "SELECT value, toUInt16(day) AS d, bucket, sumMerge(count) {} "
                      "GROUP BY value, day, bucket ORDER BY value, d, bucket LIMIT {}",
                      rows_of_figure(contract.product, insight.name, days, now), kMaxRatingRows)));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      auto& rating = rating_of(ratings, rows.text(row, 0));
      const auto day = rows.integer(row, 1);
      const auto stars = rows.text(row, 2);
      const auto count = rows.count(row, 3);
      if (rating.trend.empty() || rating.trend.back().day != day)
        rating.trend.push_back({day, 0, 0});
      // Sums first; the means are made of them below.
      const auto sum = static_cast<double>(count) * std::stod(stars);
      rating.distribution[stars] += count;
      rating.count += count;
      rating.mean += sum;
      rating.trend.back().count += count;
      rating.trend.back().mean += sum;
    }
  }
  for (auto& rating : ratings) {
    rating.mean /= static_cast<double>(rating.count);
    for (auto& day : rating.trend) day.mean /= static_cast<double>(day.count);
  }
  std::ranges::stable_sort(ratings, std::ranges::greater(), &Rating::count);
  return ratings;
}

}  // namespace candor
