// Lets the merges of the embedded engine's large tables wait while the loader is behind
// (docs/decisions/038-merges-wait.md).
#pragma once

#include <chrono>
#include <optional>

#include "base/result.h"
#include "server/engine/client.h"

namespace candor {

// One thread.
class MergePause {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Of an engine that is not embedded nothing is asked: it would stay without merges when its
  // collector dies.
  MergePause(EngineClient& engine, bool is_embedded)
      : engine_(engine), is_embedded_(is_embedded), waits_(is_embedded) {}

  // The block before was a full one: more waits.
  void behind(Time now) { behind_at_ = now; }
  // Before each block: has merges wait or go on. They wait since the loader was behind not long
  // ago, but never with kMostUnmergedParts, or while a deletion waits for them. Errors as
  // EngineClient::query.
  Status look(Time now);

  // That merges wait.
  bool waits() const { return waits_; }

 private:
  Status merge();

  EngineClient& engine_;
  const bool is_embedded_;
  std::optional<Time> behind_at_;
  bool waits_;                   // from the start: who loaded before may have left it so
  bool is_catching_up_ = false;  // there were too many parts, and there are not few yet
};

}  // namespace candor
