#include "server/load/erase.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/pause.h"
#include "server/load/limits.h"
#include "server/record/limits.h"

namespace candor {
namespace {

// As deletion_subject() in contract/deletion.h, and the same without the secret's hash, for tables
// that have no column of it.
constexpr std::string_view kSubjectSql =
    "lower(hex(SHA256(concat(product, '\\n', installation, '\\n', deletion))))";
constexpr std::string_view kInstallationSql =
    "lower(hex(SHA256(concat(product, '\\n', installation))))";
// And of events, whose source is the installation where their contract names one.
constexpr std::string_view kSourceSql = "lower(hex(SHA256(concat(product, '\\n', source))))";

std::string one_of(std::string_view expression, std::span<const std::string> values) {
  std::vector<std::string> quoted;
  for (const auto& value : values) quoted.push_back(sql_quote(value));
  return fmt::format("{} IN ({})", expression, fmt::join(quoted, ", "));
}

Error stopped() { return Error{ErrorKind::kTryAgain, "The deletion was stopped; it goes on."}; }

Status delete_rows(EngineClient& engine, std::string_view table, std::string_view which) {
  CANDOR_ASSIGN(rows,
                engine.query(fmt::format("SELECT count() FROM candor.{} WHERE {}", table, which)));
  // Asked first, because a deletion writes whole parts anew even when there is nothing to delete.
  if (rows.count(0, 0) == 0) return Ok{};
  return engine.execute(fmt::format("ALTER TABLE candor.{} DELETE WHERE {}", table, which));
}

// The installation's rows of one secret, where somebody else's stand beside them under the same
// identity: they are told apart by the times of the reports, in pieces a statement can take.
Status erase_beside_others(EngineClient& engine, const std::string& installation,
                           std::span<const std::string> subjects) {
  const auto of_installation = fmt::format("{} = {}", kInstallationSql, sql_quote(installation));
  CANDOR_ASSIGN(times, engine.query(fmt::format(
                           "SELECT DISTINCT toString(version), toString(toUInt32(received)) FROM "
                           "candor.reports WHERE {} AND {}",
                           of_installation, one_of(kSubjectSql, subjects))));
  for (std::size_t from = 0; from < times.size(); from += kEraseBatch) {
    const auto to = std::min(from + kEraseBatch, times.size());
    std::vector<std::string> versions, received;
    for (auto row = from; row < to; ++row) {
      // Figures of a report that was replayed have the next versions after its own.
      versions.push_back(fmt::format("version BETWEEN {0} AND {0} + {1}", times.text(row, 0),
                                     kMaxQuarantineRows + 1));
      received.push_back(times.text(row, 1));
    }
    // One by one: ClickHouse 18.16 does not see a column that only a lambda names.
    CANDOR_TRY(
        delete_rows(engine, "report_values",
                    fmt::format("{} AND ({})", of_installation, fmt::join(versions, " OR "))));
    CANDOR_TRY(delete_rows(engine, "quarantine",
                           fmt::format("{} AND toUInt32(received) IN ({})", of_installation,
                                       fmt::join(received, ", "))));
  }
  return delete_rows(engine, "installations", of_installation);
}

// What the others still have in the store, counted anew.
Status bring_back_others(EngineClient& engine, std::span<const std::string> shared,
                         std::span<const std::string> subjects) {
  if (shared.empty()) return Ok{};
  CANDOR_ASSIGN(version, engine.version());
  StatementSettings settings;
  // The same state may have been inserted before; it is wanted again.
  if (version.first >= 20) settings.emplace_back("insert_deduplicate", "0");
  return engine.execute(
      fmt::format("INSERT INTO candor.installations SELECT product, simulated, installation, "
                  "minState(version), maxState(version) FROM candor.reports WHERE {} AND NOT {} "
                  "GROUP BY product, simulated, installation",
                  one_of(kInstallationSql, shared), one_of(kSubjectSql, subjects)),
      settings);
}

// Samples have their series' id only. First them: what ends this halfway leaves the ids for the
// next time.
Status erase_samples(EngineClient& engine, std::span<const std::string> installations) {
  CANDOR_ASSIGN(
      ids, engine.query(fmt::format("SELECT DISTINCT toString(series) FROM candor.series WHERE {}",
                                    one_of(kInstallationSql, installations))));
  for (std::size_t from = 0; from < ids.size(); from += kEraseBatch) {
    std::vector<std::string> some;
    for (auto row = from; row < std::min(from + kEraseBatch, ids.size()); ++row)
      some.push_back(ids.text(row, 0));
    CANDOR_TRY(
        delete_rows(engine, "samples", fmt::format("series IN ({})", fmt::join(some, ", "))));
  }
  return delete_rows(engine, "series", one_of(kInstallationSql, installations));
}

// Samples that an installation pushed have its id as a hash of admission's; others have it as it
// is.
std::string hashed_subject(std::string_view product, std::string_view installation,
                           const HashedLabel& hashed) {
  return sha256_hex(fmt::format("{}\n{}", product, hashed(installation)));
}

Status erase_batch(EngineClient& engine, std::span<const std::string> subjects,
                   const std::stop_token& stop, const HashedLabel& hashed) {
  // The table of reports tells whose rows the others are, so its own go last.
  const auto covered = one_of(kSubjectSql, subjects);
  CANDOR_ASSIGN(rows, engine.query(fmt::format(
                          "SELECT DISTINCT {}, product, installation FROM candor.reports WHERE {}",
                          kInstallationSql, covered)));
  if (rows.size() == 0) return Ok{};
  std::vector<std::string> installations;
  std::map<std::string, std::string> pushed;  // by installation
  for (std::size_t row = 0; row < rows.size(); ++row) {
    installations.push_back(rows.text(row, 0));
    pushed[installations.back()] = hashed_subject(rows.text(row, 1), rows.text(row, 2), hashed);
  }
  CANDOR_ASSIGN(others, engine.query(fmt::format(
                            "SELECT DISTINCT {} FROM candor.reports WHERE {} AND NOT {}",
                            kInstallationSql, one_of(kInstallationSql, installations), covered)));
  std::vector<std::string> shared;
  for (std::size_t row = 0; row < others.size(); ++row) shared.push_back(others.text(row, 0));
  std::erase_if(installations,
                [&](const auto& one) { return std::ranges::find(shared, one) != shared.end(); });
  if (!installations.empty()) {
    for (const auto* table : {"report_values", "quarantine", "installations", "crashes", "lookups"})
      CANDOR_TRY(delete_rows(engine, table, one_of(kInstallationSql, installations)));
    auto of_samples = installations;
    for (const auto& installation : installations) of_samples.push_back(pushed[installation]);
    CANDOR_TRY(erase_samples(engine, of_samples));
    for (const auto* table : {"events", "runs"})
      CANDOR_TRY(delete_rows(engine, table, one_of(kSourceSql, installations)));
  }
  for (const auto& installation : shared)
    CANDOR_TRY(erase_beside_others(engine, installation, subjects));
  // These have the secret's hash, as the reports have.
  for (const auto* table : {"crashes", "lookups"}) CANDOR_TRY(delete_rows(engine, table, covered));
  CANDOR_TRY(wait_for_mutations(engine, stop));
  CANDOR_TRY(bring_back_others(engine, shared, subjects));
  CANDOR_TRY(delete_rows(engine, "reports", covered));
  return wait_for_mutations(engine, stop);
}

using PartNames = std::set<std::pair<std::string, std::string>>;

Result<PartNames> replaced_parts(EngineClient& engine) {
  CANDOR_ASSIGN(rows, engine.query("SELECT table, name FROM system.parts WHERE database = 'candor' "
                                   "AND active = 0"));
  PartNames names;
  for (std::size_t row = 0; row < rows.size(); ++row)
    names.emplace(rows.text(row, 0), rows.text(row, 1));
  return names;
}

}  // namespace

Status wait_for_mutations(EngineClient& engine, const std::stop_token& stop,
                          std::string_view table) {
  const auto which = table.empty() ? "" : fmt::format(" AND table = {}", sql_quote(table));
  CANDOR_ASSIGN(version, engine.version());
  // Old ones do not say why.
  const auto* const reason = version.first >= 20 ? "max(latest_fail_reason)" : "''";
  for (;;) {
    CANDOR_ASSIGN(open, engine.query(fmt::format("SELECT count(), {} FROM system.mutations WHERE "
                                                 "database = 'candor' AND is_done = 0{}",
                                                 reason, which)));
    if (open.count(0, 0) == 0) return Ok{};
    if (!table.empty() && !open.text(0, 1).empty()) {
      return Error{
          ErrorKind::kUnavailable,
          fmt::format("the store cannot delete from candor.{}: {}", table, open.text(0, 1))};
    }
    pause(stop, kErasePoll);
    if (stop.stop_requested()) return stopped();
  }
}

Result<std::set<std::string>> covered_of(EngineClient& engine,
                                         std::span<const std::string> subjects) {
  std::set<std::string> covered;
  if (subjects.empty()) return covered;
  CANDOR_ASSIGN(rows, engine.query(fmt::format("SELECT DISTINCT {} FROM candor.reports WHERE {}",
                                               kSubjectSql, one_of(kSubjectSql, subjects))));
  for (std::size_t row = 0; row < rows.size(); ++row) covered.insert(rows.text(row, 0));
  return covered;
}

Result<bool> holds_records_of(EngineClient& engine, const std::string& subject) {
  CANDOR_ASSIGN(covered, covered_of(engine, std::span(&subject, 1)));
  return !covered.empty();
}

Status erase_records(EngineClient& engine, std::span<const std::string> subjects,
                     const std::stop_token& stop, const HashedLabel& hashed) {
  // One that was begun before may hide rows from the count, and not from the disk.
  CANDOR_TRY(wait_for_mutations(engine, stop));
  while (!subjects.empty()) {
    const auto batch = subjects.first(std::min(subjects.size(), kEraseBatch));
    CANDOR_TRY(erase_batch(engine, batch, stop, hashed));
    subjects = subjects.subspan(batch.size());
  }
  return Ok{};
}

Status wait_for_replaced_files(EngineClient& engine, const std::stop_token& stop) {
  CANDOR_ASSIGN(waited_for, replaced_parts(engine));
  for (;;) {
    CANDOR_ASSIGN(there, replaced_parts(engine));
    std::erase_if(waited_for, [&](const auto& part) { return !there.contains(part); });
    if (waited_for.empty()) return Ok{};
    pause(stop, kErasePoll);
    if (stop.stop_requested()) return stopped();
  }
}

}  // namespace candor
