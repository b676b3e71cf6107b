// The thread that pushes metrics: services that hang, and a collector that does, hold up nothing
// else of the agent.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "agent/agent.h"
#include "agent/push_upkeep.h"
#include "agent/readings.h"
#include "base/mutex.h"

namespace candor {

// Made, told and ended by one thread.
class PushThread {
 public:
  PushThread() = default;
  ~PushThread() { end(); }
  PushThread(const PushThread&) = delete;
  PushThread& operator=(const PushThread&) = delete;

  // Something may have changed: decision, channels, consent, configuration, contract, or what there
  // is to read (nullptr: nothing). Begins when there is something to push. Does not wait.
  void follow(const Agent& agent, std::shared_ptr<Readings> readings);
  // Ends at once what is being sent; waits for what is being read, up to a service's time, or two
  // where another reads.
  void end();

 private:
  void run();
  // What may have been configured anew since; the last one that was right. nullptr: none was yet.
  const Agent* look(const Agent& told);

  std::atomic<bool> stopping_ = false;
  Mutex mutex_;
  Condition told_;
  std::shared_ptr<const Agent> agent_ CANDOR_GUARDED_BY(mutex_);
  std::shared_ptr<Readings> readings_ CANDOR_GUARDED_BY(mutex_);
  bool is_news_ CANDOR_GUARDED_BY(mutex_) = false;

  // Of the thread:
  PushUpkeep upkeep_;
  std::optional<Agent> own_;
  std::jthread thread_;
};

}  // namespace candor
