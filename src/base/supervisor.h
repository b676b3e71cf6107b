// Keeps one program alive beside this process: starts it, asks it, starts it again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/result.h"

namespace candor {

// Its functions are called on the supervisor's thread alone.
struct SupervisedProgram {
  std::string name{};  // as the log calls it: "the engine"
  // Before each start: what to run, argv[0] a path; or why it cannot be started now.
  std::function<Result<std::vector<std::string>>()> prepare{};
  std::function<bool()> answers{};  // whether it is ready; may take two seconds
  // Each line the program writes. Without it they go to this process's standard error.
  std::function<void(std::string_view)> on_line{};
  int death_signal = SIGKILL;  // what the program gets when this process dies
};

enum class SupervisedPhase { kStarting, kReady, kDown, kStopped };

struct SupervisedState {
  SupervisedPhase phase = SupervisedPhase::kStarting;
  Instant since{};            // of this phase
  pid_t pid = 0;              // 0 when no process runs
  unsigned restarts = 0;      // after the first start
  std::string why;            // how the last process ended; empty when none has
  std::optional<int> status;  // that it ended with, until one is ready
};

// "starting", "ready", "down", "stopped"
std::string_view to_string(SupervisedPhase phase);

// How long to wait before a start that follows `failures` ends in a row (≥ 1): doubled from
// kFirstRestartDelay to kLastRestartDelay.
std::chrono::milliseconds restart_delay(unsigned failures);

// The program is a child of this process: it gets `death_signal` when the process dies, however
// that happens, and none of its file descriptors but those for output. All functions are safe from
// any thread.
class Supervisor {
 public:
  // Starts the thread that starts the program; does not wait for it.
  static Result<std::unique_ptr<Supervisor>> start(SupervisedProgram program);

  ~Supervisor();  // stops
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  SupervisedState state() const;

  // Waits until the program answers; kUnavailable with the reason when it does not in time.
  Status wait_ready(std::chrono::milliseconds limit) const;

  // Sends the signal to the program, if it runs.
  void send(int signal) const;

  // SIGTERM, kTerminateGrace, SIGKILL; returns when the program has gone. It is not started again.
  void stop();

 private:
  Supervisor(SupervisedProgram program, FileDescriptor wake);

  struct End {
    std::string why;
    std::optional<int> status;
  };
  struct Woken {
    bool child_ended = false;
    bool stop = false;
  };
  void run();
  // One life of the program, from its start to its end; how it ended.
  End live();
  End watch(pid_t pid);
  End end(pid_t pid, int pidfd);
  End reap(pid_t pid);
  // Until the program ends, stop() is called or the time is up (negative: never); what it writes
  // meanwhile is passed on.
  Woken wait(int pidfd, std::chrono::milliseconds limit);
  void read_lines();
  bool stopping() const;
  void enter(SupervisedPhase phase, pid_t pid);

  const SupervisedProgram program_;
  FileDescriptor wake_;    // eventfd, readable from stop() on
  FileDescriptor output_;  // what the program writes; of the thread
  std::string line_;       // that has no end yet; of the thread
  mutable Mutex mutex_;
  mutable Condition changed_;
  SupervisedState state_ CANDOR_GUARDED_BY(mutex_);
  bool stopping_ CANDOR_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace candor
