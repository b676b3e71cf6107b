#include "server/load/merge_pause.h"

#include <fmt/format.h>

#include "server/load/limits.h"

namespace candor {
namespace {

// Deletions that were asked for, and parts where there are most.
constexpr std::string_view kWaitingSql =
    "SELECT (SELECT count() FROM system.mutations WHERE database = 'candor' AND is_done = 0), "
    "(SELECT max(parts) FROM (SELECT count() AS parts FROM system.parts WHERE database = 'candor' "
    "AND active = 1 GROUP BY table, partition))";

// Those that records fill by the row. Sums go on merging: they are small, and pages ask them.
constexpr std::string_view kTables[] = {"events", "samples", "reports", "report_values"};

Status tell(EngineClient& engine, std::string_view what) {
  for (const auto table : kTables)
    CANDOR_TRY(engine.execute(fmt::format("SYSTEM {} MERGES candor.{}", what, table)));
  return Ok{};
}

}  // namespace

Status MergePause::look(Time now) {
  if (!is_embedded_) return Ok{};
  if (!behind_at_ || now - *behind_at_ > kMergeAfter) return merge();
  CANDOR_ASSIGN(waiting, engine_.query(kWaitingSql));
  const auto deletions = waiting.count(0, 0), parts = waiting.count(0, 1);
  if (deletions > 0 || parts >= kMostUnmergedParts) is_catching_up_ = true;
  if (deletions == 0 && parts <= kFewUnmergedParts) is_catching_up_ = false;
  if (is_catching_up_) return merge();
  // Each time: an engine that was started anew merges.
  waits_ = true;  // also when its answer is lost
  return tell(engine_, "STOP");
}

Status MergePause::merge() {
  if (!waits_) return Ok{};
  CANDOR_TRY(tell(engine_, "START"));
  waits_ = false;
  return Ok{};
}

}  // namespace candor
