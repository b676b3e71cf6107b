// Support's questions: which installations are these, and what did they tell last.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "server/engine/unlogged.h"
#include "server/insight/questions.h"

namespace candor {
namespace {

using ById = std::map<std::string, FoundInstallation>;

// Milliseconds that the store gives as text: JSON's numbers end before 64 bits.
Instant instant_of(const Rows& rows, std::size_t row, std::size_t column) {
  const auto text = rows.text(row, column);
  return from_unix_millis(text.empty() ? 0 : std::stoll(text));
}

void widen(FoundInstallation& found, Instant first, Instant last) {
  found.first = found.newest.empty() ? first : std::min(found.first, first);
  found.last = std::max(found.last, last);
}

// Of reports, whose times are sorted by installation. Bodies are asked for by name, so that the
// answer is of a length that is known before.
Status add_reports(EngineClient& engine, const std::string& where,
                   const std::vector<std::string>& order, ById& by_id) {
  CANDOR_ASSIGN(rows, engine.query(fmt::format("SELECT installation, toString(min(version)), "
                                               "toString(max(version)), "
                                               "argMax(length(body), (version, received)) FROM "
                                               "candor.reports WHERE {} GROUP BY installation",
                                               where),
                                   kUnlogged));
  std::map<std::string, std::uint64_t> lengths;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto& found = by_id[rows.text(row, 0)];
    widen(found, instant_of(rows, row, 1), instant_of(rows, row, 2));
    found.newest.push_back({"", found.last, ""});
    lengths[rows.text(row, 0)] = rows.count(row, 3);
  }
  std::vector<std::string> shown;
  std::uint64_t bytes = 0;
  for (const auto& installation : order) {
    const auto length = lengths.find(installation);
    if (length == lengths.end() || bytes + length->second > kMaxFoundReportBytes) continue;
    bytes += length->second;
    shown.push_back(
        fmt::format("({}, {})", sql_quote(installation), to_unix_millis(by_id[installation].last)));
  }
  if (shown.empty()) return Ok{};
  CANDOR_ASSIGN(bodies,
                engine.query(fmt::format("SELECT installation, argMax(body, received) FROM "
                                         "candor.reports WHERE {} AND (installation, version) IN "
                                         "({}) GROUP BY installation",
                                         where, fmt::join(shown, ", ")),
                             kUnlogged));
  for (std::size_t row = 0; row < bodies.size(); ++row)
    by_id[bodies.text(row, 0)].newest.front().body = bodies.text(row, 1);
  return Ok{};
}

Status add_versions(EngineClient& engine, const std::string& where, std::int64_t from,
                    ById& by_id) {
  CANDOR_ASSIGN(rows, engine.query(fmt::format("SELECT installation, argMax(text, version) FROM "
                                               "candor.report_values WHERE {} AND insight = "
                                               "'version' AND day >= '{}' GROUP BY installation",
                                               where, format_day(from)),
                                   kUnlogged));
  for (std::size_t row = 0; row < rows.size(); ++row)
    by_id[rows.text(row, 0)].version = rows.text(row, 1);
  return Ok{};
}

Status add_events(EngineClient& engine, const std::string& where, ById& by_id) {
  CANDOR_ASSIGN(
      rows, engine.query(fmt::format("SELECT source, name, toString(min(at)), toString(max(at)), "
                                     "argMax(if(length(body) <= {}, body, ''), (at, version)) FROM "
                                     "candor.events WHERE {} GROUP BY source, name ORDER BY "
                                     "source, name LIMIT {} BY source",
                                     kMaxFoundEventBytes, where, kMaxFoundEventNames),
                         kUnlogged));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto& found = by_id[rows.text(row, 0)];
    const auto last = instant_of(rows, row, 3);
    widen(found, instant_of(rows, row, 2), last);
    found.newest.push_back({rows.text(row, 1), last, rows.text(row, 4)});
  }
  return Ok{};
}

}  // namespace

Result<std::vector<FoundInstallation>> Questions::look_up(const std::string& product,
                                                          const std::string& value, Instant now) {
  CANDOR_ASSIGN(
      rows,
      engine_.query(fmt::format("SELECT installation FROM candor.lookups WHERE product = {} AND "
                                "value = {} GROUP BY installation ORDER BY max(version) DESC, "
                                "installation LIMIT {}",
                                sql_quote(product), sql_quote(value), kMaxFound),
                    kUnlogged));
  std::vector<std::string> installations;
  for (std::size_t row = 0; row < rows.size(); ++row) installations.push_back(rows.text(row, 0));
  return found(product, installations, now);
}

Result<std::vector<FoundInstallation>> Questions::find_installation(const std::string& product,
                                                                    const std::string& installation,
                                                                    Instant now) {
  return found(product, {installation}, now);
}

Result<std::vector<FoundInstallation>> Questions::found(
    const std::string& product, const std::vector<std::string>& installations, Instant now) {
  std::vector<FoundInstallation> result;
  if (installations.empty()) return result;
  std::vector<std::string> quoted;
  for (const auto& installation : installations) quoted.push_back(sql_quote(installation));
  const auto of_product = "product = " + sql_quote(product);
  const auto of_reports = fmt::format("{} AND simulated = 0 AND installation IN ({})", of_product,
                                      fmt::join(quoted, ", "));
  const auto events_from = day_of(now) - kFoundEventDays;
  ById by_id;
  CANDOR_TRY(add_reports(engine_, of_reports, installations, by_id));
  auto versions_from = events_from;
  for (const auto& [installation, one] : by_id)
    versions_from = std::min(versions_from, day_of(one.last));
  CANDOR_TRY(add_events(engine_,
                        fmt::format("{} AND day >= '{}' AND source IN ({})", of_product,
                                    format_day(events_from), fmt::join(quoted, ", ")),
                        by_id));
  CANDOR_TRY(add_versions(engine_, of_reports, versions_from, by_id));
  for (const auto& installation : installations) {
    const auto one = by_id.find(installation);
    if (one == by_id.end() || one->second.newest.empty()) continue;
    one->second.installation = installation;
    result.push_back(std::move(one->second));
  }
  return result;
}

}  // namespace candor
