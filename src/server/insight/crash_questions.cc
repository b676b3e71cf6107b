// Questions over crashes.
#include <fmt/format.h>

#include "server/insight/questions.h"

namespace candor {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

Instant instant_of(const std::string& millis) { return from_unix_millis(std::stoll(millis)); }

}  // namespace

Result<Crashes> Questions::crashes(const std::string& product, Simulated simulated) {
  // One row a crash, as the newest report tells of it: a client that was updated may compute
  // another signature, and two clients of one cluster tell of the same crashes.
  const auto once = fmt::format(
      "SELECT installation, crash, argMax(signature, version) AS s, argMax(at, version) AS t, "
      "argMax(program, version) AS p, argMax(release, version) AS r, argMax(reason, version) AS w, "
      "argMax(frames, version) AS f FROM candor.crashes WHERE product = {} AND automation = 0{} "
      "GROUP BY installation, crash",
      sql_quote(product), simulated == Simulated::kIncluded ? "" : " AND simulated = 0");
  CANDOR_ASSIGN(total, engine_.query(fmt::format("SELECT count(), uniqExact(s) FROM ({})", once)));
  CANDOR_ASSIGN(
      rows,
      engine_.query(fmt::format(
          "SELECT s, count() AS n, uniqExact(installation) AS i, toString(min(t)), "
          "toString(max(t)), arrayStringConcat(arraySlice(arraySort(groupUniqArray(r)), 1, {}), "
          "'\\n'), argMax(p, t), argMax(w, t), argMax(f, t) FROM ({}) GROUP BY s ORDER BY i DESC, "
          "n "
          "DESC, s LIMIT {}",
          kMaxReleases, once, kMaxCrashGroups)));
  Crashes crashes{total.count(0, 0), total.count(0, 1), {}};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    crashes.groups.push_back({.signature = rows.text(row, 0),
                              .crashes = rows.count(row, 1),
                              .installations = rows.count(row, 2),
                              .first = instant_of(rows.text(row, 3)),
                              .last = instant_of(rows.text(row, 4)),
                              .releases = lines_of(rows.text(row, 5)),
                              .program = rows.text(row, 6),
                              .reason = rows.text(row, 7),
                              .frames = lines_of(rows.text(row, 8))});
  }
  return crashes;
}

}  // namespace candor
