// Questions over crashes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "server/engine/unlogged.h"
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

// One row a crash, as the newest report tells of it: a client that was updated may compute another
// signature, and two clients of one cluster tell of the same crashes. No column of any length may
// be among the figures: the store holds them for every crash at once.
std::string once(const std::string& where, std::string_view figures) {
  return fmt::format(
      "SELECT installation, crash, argMax(signature, version) AS s{} FROM candor.crashes WHERE {} "
      "GROUP BY installation, crash",
      figures, where);
}

// The last crash of a group.
struct Newest {
  std::string installation, crash;
};

// What is long of a crash.
struct Told {
  std::string reason, frames;
};

// Reads the rows of these crashes alone.
Result<std::map<std::pair<std::string, std::string>, Told>> told_of(
    EngineClient& engine, const std::string& where, const std::vector<Newest>& crashes) {
  std::map<std::pair<std::string, std::string>, Told> told;
  if (crashes.empty()) return told;
  std::vector<std::string> installations, pairs;
  for (const auto& [installation, crash] : crashes) {
    installations.push_back(sql_quote(installation));
    pairs.push_back(fmt::format("({}, {})", installations.back(), sql_quote(crash)));
  }
  CANDOR_ASSIGN(
      rows, engine.query(
                fmt::format("SELECT installation, crash, argMax(reason, version), argMax(frames, "
                            "version) FROM candor.crashes WHERE {} AND installation IN ({}) AND "
                            "(installation, crash) IN ({}) GROUP BY installation, crash",
                            where, fmt::join(installations, ", "), fmt::join(pairs, ", ")),
                kUnlogged));
  for (std::size_t row = 0; row < rows.size(); ++row)
    told[{rows.text(row, 0), rows.text(row, 1)}] = {rows.text(row, 2), rows.text(row, 3)};
  return told;
}

}  // namespace

Result<Crashes> Questions::crashes(const std::string& product, Simulated simulated) {
  const auto where = fmt::format("product = {} AND automation = 0{}", sql_quote(product),
                                 simulated == Simulated::kIncluded ? "" : " AND simulated = 0");
  CANDOR_ASSIGN(
      total, engine_.query(fmt::format("SELECT count(), uniqExact(s) FROM ({})", once(where, ""))));
  const auto each = once(where,
                         ", argMax(at, version) AS t, argMax(program, version) AS p, "
                         "argMax(release, version) AS r");
  CANDOR_ASSIGN(
      rows,
      engine_.query(fmt::format(
          "SELECT s, count() AS n, uniqExact(installation) AS i, toString(min(t)), "
          "toString(max(t)), arrayStringConcat(arraySlice(arraySort(groupUniqArray(r)), 1, {}), "
          "'\n'), argMax(p, t), tupleElement(argMax((installation, crash), t) AS newest, 1), "
          "tupleElement(newest, 2) FROM ({}) GROUP BY s ORDER BY i DESC, "
          "n DESC, s LIMIT {}",
          kMaxReleases, each, kMaxCrashGroups)));
  std::vector<Newest> newest;
  for (std::size_t row = 0; row < rows.size(); ++row)
    newest.push_back({rows.text(row, 7), rows.text(row, 8)});
  CANDOR_ASSIGN(told, told_of(engine_, where, newest));
  Crashes crashes{total.count(0, 0), total.count(0, 1), {}};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto& [reason, frames] = told[{newest[row].installation, newest[row].crash}];
    crashes.groups.push_back({.signature = rows.text(row, 0),
                              .crashes = rows.count(row, 1),
                              .installations = rows.count(row, 2),
                              .first = instant_of(rows.text(row, 3)),
                              .last = instant_of(rows.text(row, 4)),
                              .releases = lines_of(rows.text(row, 5)),
                              .program = rows.text(row, 6),
                              .reason = reason,
                              .frames = lines_of(frames)});
  }
  return crashes;
}

}  // namespace candor
