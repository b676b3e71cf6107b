#include "server/load/retention.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/load/limits.h"

namespace candor {
namespace {

Status drop_old_quarantine(EngineClient& engine, std::int64_t today) {
  CANDOR_ASSIGN(
      days, engine.query(fmt::format(
                "SELECT DISTINCT partition FROM system.parts WHERE active AND database = 'candor' "
                "AND table = 'quarantine' AND partition < {}",
                sql_quote(format_day(today - kQuarantineDays)))));
  for (std::size_t row = 0; row < days.size(); ++row) {
    CANDOR_TRY(engine.execute("ALTER TABLE candor.quarantine DROP PARTITION " +
                              sql_quote(days.text(row, 0))));
  }
  return Ok{};
}

// Asked first, because a deletion reads whole parts even when there is nothing to delete.
Status delete_rows(EngineClient& engine, std::string_view table, std::string_view past) {
  CANDOR_ASSIGN(rows,
                engine.query(fmt::format("SELECT count() FROM candor.{} WHERE {}", table, past)));
  if (rows.count(0, 0) == 0) return Ok{};
  return engine.execute(fmt::format("ALTER TABLE candor.{} DELETE WHERE {}", table, past));
}

// Months hold several products, so rows go and not partitions.
Status drop_old_rows(EngineClient& engine, const Contract& contract, std::int64_t today) {
  // A Date of the store begins in 1970; what a contract keeps for a hundred years does not.
  const auto oldest = std::max<std::int64_t>(today - contract.retention_days, 0);
  const auto of_product = "product = " + sql_quote(contract.product);
  for (const auto table : kTablesWithRetention) {
    CANDOR_TRY(delete_rows(
        engine, table, fmt::format("{} AND day < {}", of_product, sql_quote(format_day(oldest)))));
  }
  // Installations that sent nothing since; a state that is not merged yet loses its part alike.
  return delete_rows(engine, "installations",
                     fmt::format("{} AND finalizeAggregation(last) < {}", of_product,
                                 oldest * Millis(std::chrono::days(1)).count()));
}

}  // namespace

Status drop_expired(EngineClient& engine, const Catalogue& catalogue, Instant now) {
  const auto today = day_of(now);
  CANDOR_TRY(drop_old_quarantine(engine, today));
  for (const auto& product : catalogue.products())
    CANDOR_TRY(drop_old_rows(engine, *product.current, today));
  return Ok{};
}

}  // namespace candor
