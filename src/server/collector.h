// The collector: the conductor of its rooms. Reading this file's body is reading the architecture.
//
//   protocol ─► admit ─► record ─► journal ─► load ─► engine
//                                              insight ◄─┘ ─► present
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "config/server_config.h"

namespace candor {

class Collector {
 public:
  // Opens the data folder (one process at a time), starts the engine and listens. Reports are taken
  // at once; figures are there when the engine is ready. Blocks for a moment, not for the engine.
  static Result<std::unique_ptr<Collector>> start(const ServerConfig& config);
  virtual ~Collector() = default;  // as stop()

  virtual std::uint16_t port() const = 0;
  // Where it can be asked: "http://127.0.0.1:8080".
  virtual std::string url() const = 0;
  // Waits until figures can be asked for; kUnavailable with the engine's trouble when it takes
  // longer.
  virtual Status wait_ready(std::chrono::milliseconds limit) = 0;
  // Takes what can change while it runs: [ops] and [monitor], where operations were enabled at the
  // start; it is checked and used in the background. False when nothing of it can be taken.
  virtual bool reconfigure(const ServerConfig& config) = 0;
  // Finishes requests under way (at most kStopGrace), then everything behind them.
  virtual void stop() = 0;
};

}  // namespace candor
