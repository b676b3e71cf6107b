// One agent for each state folder: it holds the lock as long as it runs.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "agent/agent.h"

namespace candor {
namespace {

constexpr std::string_view kLock = "agent.lock";
// `candor status` looks by taking the lock for a moment.
constexpr int kTries = 10;
constexpr std::chrono::milliseconds kBetween{20};

}  // namespace

Result<std::optional<FileLock>> lock_agent(const StateFolder& state) {
  if (!state.has("")) return std::optional<FileLock>();
  for (int tries = 1;; ++tries) {
    auto lock = state.try_lock(kLock);
    if (lock.ok()) return std::optional(std::move(*lock));
    if (lock.error().kind != ErrorKind::kTryAgain) return lock.error();
    if (tries == kTries) break;
    std::this_thread::sleep_for(kBetween);
  }
  return Error{ErrorKind::kTryAgain,
               fmt::format("Another candor agent already runs with the state folder {}, and one is "
                           "enough. `candor status` tells what it does.",
                           state.path().string())};
}

std::optional<bool> agent_runs(const StateFolder& state) {
  if (!state.has("")) return std::nullopt;
  if (!state.has(kLock)) return false;
  const auto lock = state.try_lock(kLock);
  return !lock.ok() && lock.error().kind == ErrorKind::kTryAgain;
}

}  // namespace candor
