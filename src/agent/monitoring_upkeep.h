// The service's care for monitoring and Sonar: they run as the configuration says, whatever was
// decided about telemetry.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/monitoring.h"
#include "sonar/sonar.h"

namespace candor {

// One thread's.
class MonitoringUpkeep {
 public:
  // Begins, ends and begins anew what the configuration says; when to look again, where something
  // could not. What cannot begin anew does not end what runs; the log says so, once.
  std::optional<Instant> tend(const Agent& agent);
  // What there is to read; nullptr while nothing runs.
  std::shared_ptr<Readings> readings() const {
    return monitoring_ ? monitoring_->readings() : nullptr;
  }

 private:
  std::optional<Instant> tend_sonar(const Agent& agent);
  void end_sonar();
  std::optional<Instant> no_sonar(const Error& error);
  std::optional<Instant> tend_monitoring(const Agent& agent);
  std::optional<Instant> no_monitoring(const Error& error);

  std::shared_ptr<Sonar> sonar_;
  std::string said_of_sonar_;  // the last trouble that was logged
  std::unique_ptr<Monitoring> monitoring_;
  std::string said_;  // the same
};

}  // namespace candor
