// How long something took, also where it ended with an error.
#pragma once

#include <chrono>

namespace candor {

// Writes the time since it was made into `into`, when it is stopped or else at its end.
class Stopwatch {
 public:
  explicit Stopwatch(std::chrono::microseconds& into)
      : into_(&into), begin_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { stop(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  void stop() {
    if (into_ == nullptr) return;
    *into_ = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin_);
    into_ = nullptr;
  }

 private:
  std::chrono::microseconds* into_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace candor
