// Monitoring as it runs in `candor agent`: what the machine and its services do, offered at one
// address. It is no telemetry: it is there also while telemetry is off, and sends nothing by
// itself. Of what it reads a part may be pushed (agent/push_upkeep.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "agent/agent.h"
#include "agent/endpoint/endpoint.h"
#include "agent/readings.h"
#include "base/disk_room.h"
#include "base/mutex.h"

namespace candor {

struct MonitoringOptions {
  std::string listen;  // empty: nowhere; it is read to be pushed only
  std::string origin;  // of `listen`; no part of what they are
  Path web_config_file;
  std::vector<ScrapeSetting> scrapes;
  std::string contract;  // its hash
  bool operator==(const MonitoringOptions& other) const {
    return std::tie(listen, web_config_file, scrapes, contract) ==
           std::tie(other.listen, other.web_config_file, other.scrapes, other.contract);
  }
};

// As the configuration says; nothing when there is to be none. kConfiguration for what cannot be.
Result<std::optional<MonitoringOptions>> monitoring_options(const Agent& agent);

// What would keep it from beginning, but for the address: said at the agent's start.
Status check_monitoring(const Agent& agent);

// Made and ended by one thread.
class Monitoring {
 public:
  // kCannotCreate when the address is taken, or the key for labels cannot be kept.
  static Result<std::unique_ptr<Monitoring>> start(const Agent& agent,
                                                   const MonitoringOptions& options);
  ~Monitoring();
  Monitoring(const Monitoring&) = delete;
  Monitoring& operator=(const Monitoring&) = delete;

  const MonitoringOptions& options() const { return options_; }

  // What is offered; never null.
  const std::shared_ptr<Readings>& readings() const { return readings_; }

 private:
  Monitoring(const Agent& agent, const MonitoringOptions& options);
  Status begin(const Agent& agent);
  Status serve();
  HealthTree health() const;
  std::optional<Json> scans() const;
  void look();

  const MonitoringOptions options_;
  const StateFolder state_;
  std::shared_ptr<WebConfigFile> web_;  // nullptr: nothing is served
  std::shared_ptr<Readings> readings_;

  // What the last look found.
  struct Looked {
    std::chrono::steady_clock::time_point at{};
    DiskRoom disk{};
    std::size_t pending = 0;        // reports
    std::optional<Instant> oldest;  // of them
  };
  mutable Mutex mutex_;
  Looked looked_ CANDOR_GUARDED_BY(mutex_);

  std::jthread looker_;
  std::unique_ptr<Endpoint> endpoint_;  // nullptr: the same
};

}  // namespace candor
