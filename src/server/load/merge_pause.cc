#include "server/load/merge_pause.h"

#include "server/load/limits.h"

namespace candor {
namespace {

// Deletions that were asked for, and parts where there are most.
constexpr std::string_view kWaitingSql =
    "SELECT (SELECT count() FROM system.mutations WHERE database = 'candor' AND is_done = 0), "
    "(SELECT max(parts) FROM (SELECT count() AS parts FROM system.parts WHERE database = 'candor' "
    "AND active = 1 GROUP BY table, partition))";

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
  return engine_.execute("SYSTEM STOP MERGES");
}

Status MergePause::merge() {
  if (!waits_) return Ok{};
  CANDOR_TRY(engine_.execute("SYSTEM START MERGES"));
  waits_ = false;
  return Ok{};
}

}  // namespace candor
