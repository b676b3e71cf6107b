// Looks at store, journal, loader and disk in the background, so that health is answered from
// memory.
#pragma once

#include <thread>

#include "base/mutex.h"
#include "server/engine/client.h"
#include "server/present/health.h"
#include "server/record/intake.h"

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
  };
  explicit Watch(Watched watched);  // looks once before it returns
  // The newest look, with journal and loader as they are now. Any thread.
  CollectorCondition condition() const;
  // Looks now; blocks for kWatchInterval at most. Any thread.
  void look_again();

 private:
  const Watched watched_;
  mutable Mutex mutex_;
  CollectorCondition condition_ CANDOR_GUARDED_BY(mutex_);
  std::jthread thread_;
};

}  // namespace candor
