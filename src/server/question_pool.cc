#include "server/question_pool.h"

#include "server/limits.h"
#include "server/protocol/submission.h"

namespace candor {
namespace {

HttpResponse busy() {
  return error_answer(503, "busy", "Too many questions at once. Ask again in a moment.");
}

}  // namespace

QuestionPool::QuestionPool(const EngineAddress& engine, int threads,
                           std::function<bool()> keep_going) {
  const auto options = EngineClient::default_options(std::move(keep_going));
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back(
        [this, engine, options] { run(Questions(EngineClient(engine, options))); });
  }
}

QuestionPool::~QuestionPool() {
  std::deque<Waiting> left;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    left.swap(waiting_);
  }
  changed_.notify_all();
  for (auto& one : left) one.respond(busy());
  for (auto& thread : threads_) thread.join();
}

void QuestionPool::ask(Question question, Respond respond) {
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() < kMaxWaitingQuestions && !stopping_) {
      waiting_.push_back({std::move(question), std::move(respond)});
      changed_.notify_one();
      return;
    }
  }
  respond(busy());
}

void QuestionPool::run(Questions questions) {
  for (;;) {
    Waiting next;
    {
      const MutexLock lock(mutex_);
      while (waiting_.empty() && !stopping_) changed_.wait(mutex_);
      if (stopping_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next.respond(next.question(questions));
  }
}

}  // namespace candor
