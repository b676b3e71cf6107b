// The sessions of the engine and the requests that wait for one of them.
#pragma once

#include <deque>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "server/engine/engine_session.h"

namespace candor {

// One thread per session; requests are begun in the order they came.
class EnginePool {
 public:
  explicit EnginePool(std::vector<EngineSession> sessions);
  ~EnginePool() { stop(); }
  EnginePool(const EnginePool&) = delete;
  EnginePool& operator=(const EnginePool&) = delete;

  // Returns at once; `respond` is called from a thread of the pool, or here with 503 when
  // kMaxWaitingStatements wait already or the pool has stopped.
  void submit(EngineRequest request, Respond respond);

  // Answers what waits with 503, waits for what runs, closes the sessions.
  void stop();

 private:
  struct Waiting {
    EngineRequest request;
    Respond respond;
  };

  void work(EngineSession& session);

  Mutex mutex_;
  Condition changed_;
  std::deque<Waiting> waiting_ CANDOR_GUARDED_BY(mutex_);
  bool stopping_ CANDOR_GUARDED_BY(mutex_) = false;
  std::vector<EngineSession> sessions_;
  std::vector<std::jthread> threads_;
};

}  // namespace candor
