#include "agent/push_thread.h"

#include <algorithm>

#include "base/log.h"

namespace candor {
namespace {

// A configuration that changes tells nobody.
constexpr std::chrono::hours kLongestWait{1};
constexpr std::chrono::minutes kLookAgain{1};  // where nothing could be read yet

}  // namespace

void PushThread::follow(const Agent& agent, std::shared_ptr<Readings> readings) {
  const bool pushes = readings && has_metrics_to_push(agent);
  if (!pushes && !thread_.joinable()) return;
  {
    const MutexLock lock(mutex_);
    agent_ = std::make_shared<const Agent>(agent);
    readings_ = std::move(readings);
    is_news_ = true;
  }
  told_.notify_all();
  if (!thread_.joinable()) thread_ = std::jthread([this] { run(); });
}

void PushThread::end() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  told_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PushThread::run() {
  std::optional<Instant> next = system_clock().now();
  for (;;) {
    std::shared_ptr<const Agent> told;
    std::shared_ptr<Readings> readings;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && !is_news_) {
        const auto now = system_clock().now();
        const auto until = std::min(next.value_or(now + kLongestWait), now + kLongestWait);
        if (until <= now) break;
        told_.wait_for(mutex_, until - now);
      }
      if (stopping_) return;
      is_news_ = false;
      told = agent_;
      readings = readings_;
    }
    const auto* agent = look(*told);
    next = agent == nullptr ? std::optional(system_clock().now() + kLookAgain)
           : readings       ? upkeep_.work(*agent, *readings)
                            : std::nullopt;
  }
}

// With a world of its own: the service's is for the service's thread.
const Agent* PushThread::look(const Agent& told) {
  AgentWorld world;
  world.environment = told.world().environment;
  world.keep_going = [this] { return !stopping_; };
  world.note = [](const std::string& note) { log_warning("{}", note); };
  auto fresh = Agent::open(told.paths(), std::move(world), own_ ? &*own_ : &told);
  // The service tells what is wrong with the configuration.
  if (fresh.ok()) own_ = *std::move(fresh);
  return own_ ? &*own_ : nullptr;
}

}  // namespace candor
