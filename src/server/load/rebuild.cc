#include "server/load/rebuild.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "server/load/erase.h"

namespace candor {

Status rebuild_day(EngineClient& engine, const std::string& product, std::int64_t day,
                   const std::stop_token& stop) {
  const auto which =
      fmt::format("product = {} AND day = {}", sql_quote(product), sql_quote(format_day(day)));
  CANDOR_TRY(engine.execute(fmt::format("ALTER TABLE candor.daily DELETE WHERE {}", which)));
  CANDOR_TRY(wait_for_mutations(engine, stop, "daily"));
  CANDOR_ASSIGN(version, engine.version());
  StatementSettings settings;
  // The same states may have been inserted before; they are wanted again.
  if (version.first >= 20) settings.emplace_back("insert_deduplicate", "0");
  // As candor.daily_of_events in sql/003_events.sql.
  return engine.execute(
      fmt::format("INSERT INTO candor.daily SELECT product, figure, day, value, bucket, "
                  "countState() AS count, sumState(number) AS total, uniqState(source) AS sources "
                  "FROM (SELECT * FROM candor.events FINAL WHERE {}) "
                  "ARRAY JOIN figures AS figure, values AS value, buckets AS bucket, numbers AS "
                  "number GROUP BY product, figure, day, value, bucket",
                  which),
      settings);
}

}  // namespace candor
