// Keeps one `candor engine` alive beside the collector: starts it, asks it, starts it again.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/result.h"

namespace candor {

struct SupervisorOptions {
  Path program = "/proc/self/exe";  // run with: engine --data DATA --socket SOCKET
  Path data;
  Path socket;
};

enum class EnginePhase { kStarting, kReady, kDown, kStopped };

struct EngineState {
  EnginePhase phase = EnginePhase::kStarting;
  Instant since{};           // of this phase
  pid_t pid = 0;             // 0 when no process runs
  unsigned restarts = 0;     // after the first start
  std::string why;           // how the last process ended; empty when none has
  bool cannot_open = false;  // … because it could not open its storage
};

// "starting", "ready", "down", "stopped"
std::string_view to_string(EnginePhase phase);

// How long to wait before a start that follows `failures` ends in a row (≥ 1): doubled from
// kFirstRestartDelay to kLastRestartDelay.
std::chrono::milliseconds restart_delay(unsigned failures);

// The engine is a child of this process: it gets SIGTERM when the process dies, however that
// happens, and none of its file descriptors but standard error. All functions are safe from any
// thread.
class EngineSupervisor {
 public:
  // Starts the thread that starts the engine; does not wait for it. kConfiguration when the
  // socket's path is too long.
  static Result<std::unique_ptr<EngineSupervisor>> start(SupervisorOptions options);

  ~EngineSupervisor();  // stops
  EngineSupervisor(const EngineSupervisor&) = delete;
  EngineSupervisor& operator=(const EngineSupervisor&) = delete;

  EngineState state() const;

  // Waits until the engine answers; kUnavailable with the reason when it does not in time.
  Status wait_ready(std::chrono::milliseconds limit) const;

  // SIGTERM, kTerminateGrace, SIGKILL; returns when the engine has gone. It is not started again.
  void stop();

 private:
  explicit EngineSupervisor(SupervisorOptions options, FileDescriptor wake);

  void run();
  struct End {
    std::string why;
    bool cannot_open = false;
  };
  // One life of the engine, from its start to its end; how it ended.
  End live();
  End watch(pid_t pid);
  End end(pid_t pid, int pidfd);
  static End reap(pid_t pid);
  bool stopping() const;
  void enter(EnginePhase phase, pid_t pid);

  const SupervisorOptions options_;
  FileDescriptor wake_;  // eventfd, readable from stop() on
  mutable Mutex mutex_;
  mutable Condition changed_;
  EngineState state_ CANDOR_GUARDED_BY(mutex_);
  bool stopping_ CANDOR_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace candor
