// Support's questions: which installations are these, and what did they tell last.
#include <fmt/format.h>

#include <algorithm>

#include "server/insight/questions.h"

namespace candor {
namespace {

// Milliseconds that the store gives as text: JSON's numbers end before 64 bits.
Instant instant_of(const Rows& rows, std::size_t row, std::size_t column) {
  const auto text = rows.text(row, column);
  return from_unix_millis(text.empty() ? 0 : std::stoll(text));
}

}  // namespace

Result<std::vector<FoundInstallation>> Questions::look_up(const std::string& product,
                                                          const std::string& value) {
  CANDOR_ASSIGN(rows,
                engine_.query(fmt::format(
                    "SELECT installation FROM candor.lookups WHERE product = {} AND value = "
                    "{} GROUP BY installation ORDER BY max(version) DESC, installation LIMIT {}",
                    sql_quote(product), sql_quote(value), kMaxFound)));
  std::vector<FoundInstallation> found;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    CANDOR_ASSIGN(one, find_installation(product, rows.text(row, 0)));
    std::ranges::move(one, std::back_inserter(found));
  }
  return found;
}

Result<std::vector<FoundInstallation>> Questions::find_installation(
    const std::string& product, const std::string& installation) {
  FoundInstallation found;
  found.installation = installation;
  const auto of = [&](std::string_view member) {
    return fmt::format("product = {} AND {} = {}", sql_quote(product), member,
                       sql_quote(installation));
  };
  CANDOR_ASSIGN(reports, engine_.query(fmt::format(
                             "SELECT toString(min(version)), toString(max(version)), "
                             "argMax(body, version), count() FROM candor.reports FINAL WHERE {}",
                             of("installation"))));
  if (reports.count(0, 3) > 0) {
    found.first = instant_of(reports, 0, 0);
    found.last = instant_of(reports, 0, 1);
    found.newest.push_back({"", found.last, reports.text(0, 2)});
  }
  CANDOR_ASSIGN(version,
                engine_.query(fmt::format("SELECT argMax(text, version) FROM candor.report_values "
                                          "WHERE {} AND insight = 'version'",
                                          of("installation"))));
  if (version.size() > 0) found.version = version.text(0, 0);
  CANDOR_ASSIGN(events,
                engine_.query(fmt::format(
                    "SELECT name, toString(min(at)), toString(max(at)) AS newest, "
                    "argMax(body, at) FROM candor.events FINAL WHERE {} GROUP BY name ORDER "
                    "BY name LIMIT {}",
                    of("source"), kMaxFoundEventNames)));
  for (std::size_t row = 0; row < events.size(); ++row) {
    const auto first = instant_of(events, row, 1), last = instant_of(events, row, 2);
    found.first = found.newest.empty() ? first : std::min(found.first, first);
    found.last = std::max(found.last, last);
    found.newest.push_back({events.text(row, 0), last, events.text(row, 3)});
  }
  std::vector<FoundInstallation> result;
  if (!found.newest.empty()) result.push_back(std::move(found));
  return result;
}

}  // namespace candor
