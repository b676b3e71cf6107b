// Lets the merges of the embedded engine wait while the loader is behind. They cost as much as
// loading does, save questions time, and can be made up for: many parts at once afterwards cost
// less than a few at a time.
#pragma once

#include <chrono>
#include <optional>

#include "base/result.h"
#include "server/engine/client.h"

namespace candor {

// One thread. Not for a ClickHouse of somebody's own: who dies here would leave it without merges.
class MergePause {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit MergePause(EngineClient& engine) : engine_(engine) {}

  // The block before was a full one: more waits.
  void behind(Time now) { behind_at_ = now; }
  // Before each block: has merges wait or go on. They wait since the loader was behind not long
  // ago, but never with kMostUnmergedParts, or while a deletion waits for them. Errors as
  // EngineClient::query.
  Status look(Time now);
  // For who waits for the store to delete. Errors as EngineClient::execute.
  Status merge();

  // That merges wait.
  bool waits() const { return waits_; }

 private:
  EngineClient& engine_;
  std::optional<Time> behind_at_;
  bool waits_ = true;            // who loaded before may have left it so
  bool is_catching_up_ = false;  // there were too many parts, and there are not few yet
};

}  // namespace candor
