// Questions over what is in quarantine.
#include <fmt/format.h>

#include "base/clock.h"
#include "server/insight/questions.h"
#include "server/load/limits.h"

namespace candor {
namespace {

std::string held_of(const std::string& product, const std::string& field) {
  return fmt::format("product = {} AND state = 0{}", sql_quote(product),
                     field.empty() ? "" : fmt::format(" AND path = {}", sql_quote(field)));
}

}  // namespace

Result<std::vector<HeldValues>> Questions::quarantine(const std::string& product, Instant now) {
  CANDOR_ASSIGN(held, engine_.query(fmt::format(
                          "SELECT reason, path, count() AS n FROM candor.quarantine FINAL WHERE {} "
                          "GROUP BY reason, path ORDER BY n DESC, path, reason LIMIT {}",
                          held_of(product, ""), kMaxHeldFields)));
  // Of samples nothing is held, whatever did not fit: they come again with the next scrape.
  CANDOR_ASSIGN(
      dropped, engine_.query(fmt::format(
                   "SELECT reason, path, sum(count) AS n FROM candor.drops WHERE product "
                   "= {} AND day > '{}' AND reason != 'hashed_here' AND (reason = "
                   "'undeclared' OR type IN ('metric', 'label')) GROUP BY reason, path "
                   "ORDER BY n DESC, path, reason LIMIT {}",
                   sql_quote(product), format_day(day_of(now) - kQuarantineDays), kMaxHeldFields)));
  std::vector<HeldValues> fields;
  for (const auto* rows : {&held, &dropped}) {
    for (std::size_t row = 0; row < rows->size(); ++row)
      fields.push_back(
          {rows->text(row, 0), rows->text(row, 1), rows->count(row, 2), rows == &held});
  }
  return fields;
}

Result<std::vector<HeldValue>> Questions::held_values(const std::string& product,
                                                      const std::string& field, std::size_t limit) {
  CANDOR_ASSIGN(rows,
                engine_.query(fmt::format(
                    "SELECT toString(toUInt32(received)), protocol, installation, type, reason, "
                    "value FROM candor.quarantine FINAL WHERE {} ORDER BY received DESC, record "
                    "DESC, id LIMIT {}",
                    held_of(product, field), limit)));
  std::vector<HeldValue> values;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto received = from_unix_millis(std::stoll(rows.text(row, 0)) * 1000);
    values.push_back({format_rfc3339(received), rows.text(row, 1), rows.text(row, 2),
                      rows.text(row, 3), rows.text(row, 4), rows.text(row, 5)});
  }
  return values;
}

Result<std::uint64_t> Questions::drop_held(const std::string& product, const std::string& field) {
  CANDOR_ASSIGN(rows,
                engine_.query(fmt::format("SELECT count() FROM candor.quarantine FINAL WHERE {}",
                                          held_of(product, field))));
  const auto count = rows.count(0, 0);
  if (count > 0) {
    CANDOR_TRY(engine_.execute(
        fmt::format("ALTER TABLE candor.quarantine DELETE WHERE {}", held_of(product, field))));
  }
  return count;
}

}  // namespace candor
