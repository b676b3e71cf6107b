// Keeps one `candor engine` alive beside the collector.
#pragma once

#include <chrono>
#include <memory>

#include "base/files.h"
#include "base/result.h"
#include "base/supervisor.h"

namespace candor {

struct SupervisorOptions {
  Path program = "/proc/self/exe";  // run with: engine --data DATA --socket SOCKET
  Path data;
  Path socket;
};

struct EngineState : SupervisedState {
  bool cannot_open = false;  // the last process ended because it could not open its storage
};

// All functions are safe from any thread.
class EngineSupervisor {
 public:
  // Starts the engine; does not wait for it. kConfiguration when the socket's path is too long.
  static Result<std::unique_ptr<EngineSupervisor>> start(SupervisorOptions options);

  EngineState state() const;
  // As Supervisor has them.
  Status wait_ready(std::chrono::milliseconds limit) const {
    return supervisor_->wait_ready(limit);
  }
  void stop() { supervisor_->stop(); }

 private:
  explicit EngineSupervisor(std::unique_ptr<Supervisor> supervisor)
      : supervisor_(std::move(supervisor)) {}

  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace candor
