// Questions over runs: of each run one outcome, of each version how they ended.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/version_order.h"
#include "contract/shown_text.h"
#include "server/insight/questions.h"

namespace candor {
namespace {

constexpr Millis kEngagedAfter = std::chrono::days(1);

// One row a run. An end that was told wins over "lost", whichever came first, and the one loaded
// last over another; what began and never ended is lost when its time is over. The whole run has
// the version that was told last. Aliases that are names of columns would take their place.
std::string runs_of(const std::string& where, Instant now) {
  return fmt::format(
      "SELECT event, name, source, run, argMax(version, position) AS v, max(automation) AS ci, "
      "min(at) AS began, min(day) AS first_day, max(duration_ms) AS took, "
      "multiIf(countIf(state BETWEEN 1 AND 3) > 0, "
      "toUInt8(argMaxIf(state, position, state BETWEEN 1 AND 3)), "
      "countIf(state = 4) > 0 OR min(at) < {}, toUInt8(4), toUInt8(0)) AS outcome "
      "FROM candor.runs WHERE {} GROUP BY event, name, source, run",
      std::max<std::int64_t>(to_unix_millis(now - kRunTime), 0), where);
}

// One row for each installation, and all its runs of one thing.
std::string installations_of(const std::string& runs, std::string_view by) {
  return fmt::format(
      "SELECT {}, source, countIf(outcome = 0) AS c0, countIf(outcome = 1) AS c1, "
      "countIf(outcome = 2) AS c2, countIf(outcome = 3) AS c3, countIf(outcome = 4) AS c4, "
      "max(began) AS last_began, min(began) AS first_began, min(first_day) AS since, "
      "countIf(took >= 0) AS timed, "
      "quantilesTDigestIfState(0.5, 0.95)(took, took >= 0) AS times FROM ({}) GROUP BY {}, source",
      by, runs, by);
}

// The columns of figures_of(), in their order.
std::string sums_of(const std::string& installations, std::string_view by) {
  return fmt::format(
      "SELECT {0}, countIf(source != '') AS n, "
      "countIf(source != '' AND last_began >= first_began + {2}), "
      "sum(c0), sum(c1), sum(c2), sum(c3), sum(c4), sum(timed), "
      "quantilesTDigestIfMerge(0.5, 0.95)(times)[1], "
      "quantilesTDigestIfMerge(0.5, 0.95)(times)[2], "
      "countIf(source != '' AND c1 + c2 + c3 + c4 > 0), countIf(source != '' AND c2 + c4 > c1), "
      "toUInt16(min(since)) FROM ({1}) GROUP BY {0} ORDER BY n DESC LIMIT {3}",
      by, installations, kEngagedAfter.count(), kMaxHealthRows);
}

HealthFigures figures_of(const Rows& rows, std::size_t row, std::size_t from) {
  HealthFigures figures;
  figures.installations = rows.count(row, from);
  figures.engaged = rows.count(row, from + 1);
  figures.runs = {rows.count(row, from + 2), rows.count(row, from + 3), rows.count(row, from + 4),
                  rows.count(row, from + 5), rows.count(row, from + 6)};
  if (rows.count(row, from + 7) > 0) {
    const auto millis = [&](std::size_t column) {
      return static_cast<std::uint64_t>(std::llround(rows.number(row, column)));
    };
    figures.median_ms = millis(from + 8);
    figures.p95_ms = millis(from + 9);
  }
  return figures;
}
constexpr std::size_t kFigureColumns = 10;

// What a client sent as a hash is called by its text, where the contract knows it.
class ShownNames {
 public:
  explicit ShownNames(const Contract& contract) {
    for (const auto& insight : contract.insights) {
      const auto* event = contract.event(insight.event);
      if (event == nullptr || !event->health || insight.known.empty()) continue;
      if (std::ranges::find(insight.paths, event->health->name) != insight.paths.end())
        shown_.try_emplace(insight.event, insight);
    }
  }
  std::string of(const std::string& event, const std::string& name) const {
    const auto found = shown_.find(event);
    const auto text = found == shown_.end() ? std::nullopt : found->second.of(name);
    return text ? std::string(*text) : name;
  }

 private:
  std::map<std::string, ShownText, std::less<>> shown_;
};

// Two names of the store may be shown as one, a text and its hash: figures are of the one of most
// installations, since distinct ones cannot be added up.
bool takes_place(const HealthFigures& found, const HealthFigures& known) {
  return known.runs.ended() + known.runs.running == 0 || found.installations > known.installations;
}

// What was read so far, by the names that are shown.
class Gathered {
 public:
  explicit Gathered(const Contract& contract) : names_(contract) {}

  HealthOfOne& one(const std::string& event, const std::string& name) {
    const auto [found, is_new] = all_.try_emplace({names_.of(event, name), event});
    if (is_new) {
      found->second.event = event;
      found->second.name = found->first.first;
    }
    return found->second;
  }
  HealthOfVersion& version(const std::string& event, const std::string& name,
                           const std::string& version) {
    auto& versions = one(event, name).versions;
    const auto known = std::ranges::find(versions, version, &HealthOfVersion::version);
    if (known != versions.end()) return *known;
    versions.push_back({.version = version});
    return versions.back();
  }
  // Of which name of the store the version's figures without automation are; empty: of none yet.
  std::string& told_of(const std::string& event, const std::string& name,
                       const std::string& version) {
    return told_of_[{event, names_.of(event, name), version}];
  }
  std::vector<HealthOfOne> take() {
    std::vector<HealthOfOne> all;
    for (auto& [key, one] : all_) all.push_back(std::move(one));
    return all;
  }

 private:
  const ShownNames names_;
  std::map<std::pair<std::string, std::string>, HealthOfOne> all_;  // by name and event
  std::map<std::tuple<std::string, std::string, std::string>, std::string> told_of_;
};

void add_verdicts(HealthOfOne& one) {
  std::ranges::stable_sort(one.versions, [](const auto& a, const auto& b) {
    return compare_versions(a.version, b.version) < 0;
  });
  std::vector<VersionFacts> facts;
  for (const auto& version : one.versions)
    facts.push_back({version.version, version.judged, version.failing, version.figures.runs});
  auto judgements = judge(facts);
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    if (judgements[i].verdict != Verdict::kUnknown) one.judged = i;
    if (judgements[i].verdict == Verdict::kHealthy) one.better = one.versions[i].version;
    one.versions[i].judgement = std::move(judgements[i]);
  }
}

// Reads the figures of the runs in one slice.
Status gather(EngineClient& engine, const std::string& where, Instant now, Gathered& into) {
  const auto runs = runs_of(where, now);
  CANDOR_ASSIGN(by_version, engine.query(sums_of(installations_of(runs, "event, name, ci, v"),
                                                 "event, name, ci, v")));
  for (std::size_t row = 0; row < by_version.size(); ++row) {
    auto& version =
        into.version(by_version.text(row, 0), by_version.text(row, 1), by_version.text(row, 3));
    const bool automation = by_version.count(row, 2) != 0;
    auto& known = automation ? version.automation : version.figures;
    const auto found = figures_of(by_version, row, 4);
    if (!takes_place(found, known)) continue;
    known = found;
    if (automation) continue;
    into.told_of(by_version.text(row, 0), by_version.text(row, 1), by_version.text(row, 3)) =
        by_version.text(row, 1);
    version.days.clear();
    version.judged = by_version.count(row, 4 + kFigureColumns);
    version.failing = by_version.count(row, 5 + kFigureColumns);
    version.since = by_version.integer(row, 6 + kFigureColumns);
  }
  CANDOR_ASSIGN(
      of_all, engine.query(sums_of(installations_of(runs, "event, name, ci"), "event, name, ci")));
  for (std::size_t row = 0; row < of_all.size(); ++row) {
    auto& one = into.one(of_all.text(row, 0), of_all.text(row, 1));
    auto& known = of_all.count(row, 2) != 0 ? one.automation : one.figures;
    const auto found = figures_of(of_all, row, 3);
    if (takes_place(found, known)) known = found;
  }
  CANDOR_ASSIGN(
      days, engine.query(fmt::format(
                "SELECT event, name, v, toUInt16(first_day) AS d, countIf(outcome > 0), "
                "countIf(outcome = 1), uniqExactIf(source, source != '') FROM ({}) WHERE ci = 0 "
                "GROUP BY event, name, v, d ORDER BY d LIMIT {}",
                runs, kMaxHealthRows)));
  for (std::size_t row = 0; row < days.size(); ++row) {
    if (into.told_of(days.text(row, 0), days.text(row, 1), days.text(row, 2)) != days.text(row, 1))
      continue;
    auto& version = into.version(days.text(row, 0), days.text(row, 1), days.text(row, 2));
    version.days.push_back(
        {days.integer(row, 3), days.count(row, 4), days.count(row, 5), days.count(row, 6)});
  }
  return Ok{};
}

std::string rows_of_health(const std::string& product, Instant now) {
  return fmt::format("product = {} AND day > {} AND day <= {}", sql_quote(product),
                     sql_quote(format_day(std::max<std::int64_t>(day_of(now) - kHealthDays, 0))),
                     sql_quote(format_day(day_of(now) + 1)));
}

// Adds those of all names together; of a run counts when it began.
Status count_installations(EngineClient& engine, const std::string& where, PluginHealth& health) {
  const auto runs = fmt::format(
      "SELECT source, max(automation) AS ci, min(at) AS began FROM candor.runs WHERE {} AND source "
      "!= '' GROUP BY source, event, name, run",
      where);
  CANDOR_ASSIGN(rows, engine.query(fmt::format(
                          "SELECT count(), countIf(last >= first + {}), ci FROM (SELECT source, "
                          "ci, min(began) AS first, max(began) AS last FROM ({}) GROUP BY source, "
                          "ci) GROUP BY ci",
                          kEngagedAfter.count(), runs)));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.count(row, 2) != 0) {
      health.automation += rows.count(row, 0);
    } else {
      health.installations += rows.count(row, 0);
      health.engaged += rows.count(row, 1);
    }
  }
  return Ok{};
}

}  // namespace

Result<std::string> Questions::health_state(const std::string& product, Instant now) {
  CANDOR_ASSIGN(rows, engine_.query(fmt::format(
                          "SELECT toString(count()), toString(max(position)) FROM candor.runs "
                          "WHERE {}",
                          rows_of_health(product, now))));
  return rows.text(0, 0) + " " + rows.text(0, 1);
}

Result<PluginHealth> Questions::health(const Contract& contract, Instant now) {
  const auto where = rows_of_health(contract.product, now);
  CANDOR_ASSIGN(total,
                engine_.query(fmt::format("SELECT count() FROM candor.runs WHERE {}", where)));
  // The store holds a slice's at once: all runs of one name, and all of one installation.
  const auto slices = total.count(0, 0) / kHealthSliceRows + 1;
  PluginHealth health{.made = now};
  Gathered gathered(contract);
  for (std::uint64_t slice = 0; slice < slices; ++slice) {
    const auto sliced = [&](std::string_view by) {
      return slices == 1 ? where
                         : fmt::format("{} AND cityHash64({}) % {} = {}", where, by, slices, slice);
    };
    CANDOR_TRY(gather(engine_, sliced("name"), now, gathered));
    CANDOR_TRY(count_installations(engine_, sliced("source"), health));
  }
  health.all = gathered.take();
  for (auto& one : health.all) add_verdicts(one);
  return health;
}

}  // namespace candor
