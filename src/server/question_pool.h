// Threads that may wait for the store, so that those which receive never do.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "server/engine/client.h"
#include "server/insight/questions.h"
#include "wire/http_server.h"

namespace candor {

class QuestionPool {
 public:
  using Question = std::function<HttpResponse(Questions&)>;

  // `keep_going` as EngineClientOptions has it.
  QuestionPool(const EngineAddress& engine, int threads, std::function<bool()> keep_going = {});
  ~QuestionPool();  // questions that wait are answered 503
  QuestionPool(const QuestionPool&) = delete;
  QuestionPool& operator=(const QuestionPool&) = delete;

  // Any thread. 503 at once when kMaxWaitingQuestions are there already.
  void ask(Question question, Respond respond);

 private:
  struct Waiting {
    Question question;
    Respond respond;
  };
  void run(Questions questions);

  Mutex mutex_;
  Condition changed_;
  std::deque<Waiting> waiting_ CANDOR_GUARDED_BY(mutex_);
  bool stopping_ CANDOR_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace candor
