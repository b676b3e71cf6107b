// Looks at store, journal, loader and disk in the background, so that health is answered from
// memory, and has rate limits forget.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "server/engine/client.h"
#include "server/present/health.h"
#include "server/rate_limits.h"
#include "server/record/intake.h"
#include "server/store_trouble.h"

namespace candor {

class Watch {
 public:
  struct Watched {
    const Journal* journal;
    const Loader* loader;
    const Intake* intake;
    const EngineSupervisor* engine;  // nullptr when the engine is somebody else's
    EngineAddress address;
    Path data;
    std::function<bool()> keep_going{};  // as EngineClientOptions has it
    TlsSource tls{};                     // what is served with; empty: without TLS
    RateLimits* limits = nullptr;        // what it remembers is forgotten in time; nullptr: none
  };
  explicit Watch(Watched watched);  // looks once before it returns
  // The newest look, with journal and loader as they are now. Any thread. What is wrong with the
  // store is told in the log, too, once.
  CollectorCondition condition() const;
  // Looks now; blocks for kWatchInterval at most. Any thread.
  void look_again();

 private:
  // What look_again() sees of the store, and tells when it is news.
  std::string trouble_now(EngineClient& engine, bool answers) CANDOR_REQUIRES(look_mutex_);

  const Watched watched_;
  Mutex look_mutex_;  // one look at a time
  StoreSigns signs_ CANDOR_GUARDED_BY(look_mutex_);
  std::string told_ CANDOR_GUARDED_BY(look_mutex_);
  pid_t looked_into_ CANDOR_GUARDED_BY(look_mutex_) = 0;  // the engine's process
  std::chrono::steady_clock::time_point next_damage_look_ CANDOR_GUARDED_BY(look_mutex_){};
  std::optional<std::chrono::steady_clock::time_point> failing_since_
      CANDOR_GUARDED_BY(look_mutex_);
  mutable Mutex mutex_;
  CollectorCondition condition_ CANDOR_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace candor
