#include "server/engine/engine_pool.h"

#include "server/engine/limits.h"

namespace candor {
namespace {

Error too_busy(std::string_view why) {
  return Error{ErrorKind::kTryAgain, "Code: 202. DB::Exception: " + std::string(why)};
}

}  // namespace

EnginePool::EnginePool(std::vector<EngineSession> sessions) : sessions_(std::move(sessions)) {
  for (EngineSession& session : sessions_)
    threads_.emplace_back([this, &session] { work(session); });
}

void EnginePool::submit(EngineRequest request, Respond respond) {
  const char* refusal = nullptr;
  {
    const MutexLock lock(mutex_);
    if (stopping_) {
      refusal = "the engine is going down; try again";
    } else if (waiting_.size() >= kMaxWaitingStatements) {
      refusal = "too many statements wait for the embedded engine; try again later";
    } else {
      waiting_.push_back({std::move(request), std::move(respond)});
    }
  }
  if (refusal) return respond(clickhouse_failure(too_busy(refusal)));
  changed_.notify_one();
}

void EnginePool::stop() {
  std::deque<Waiting> refused;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    refused.swap(waiting_);
  }
  changed_.notify_all();
  for (Waiting& one : refused)
    one.respond(clickhouse_failure(too_busy("the engine is going down; try again")));
  threads_.clear();
  sessions_.clear();
}

void EnginePool::work(EngineSession& session) {
  while (true) {
    Waiting next;
    {
      const MutexLock lock(mutex_);
      while (waiting_.empty() && !stopping_) changed_.wait(mutex_);
      if (waiting_.empty()) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next.respond(session.answer(next.request));
  }
}

}  // namespace candor
