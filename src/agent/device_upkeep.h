// The service's care for device reports: draws moments, and sends when one has come.
#pragma once

#include <optional>
#include <string>

#include "agent/devices.h"

namespace candor {

class DeviceUpkeep {
 public:
  struct Look {
    bool due = false;
    std::optional<Instant> wake;  // nothing: only when something changes
  };
  // Whether a device report is to be sent now. `beside_report`: the service has just made or sent a
  // report of the installation.
  Look look(const Agent& agent, bool beside_report);
  // Seals, sends, draws the next moment, and logs what came of it; when to look again. Never takes
  // long to fail twice: a sending that failed waits for another moment.
  std::optional<Instant> send(const Agent& agent);

 private:
  void trouble(const std::string& message);
  std::string said_;
};

}  // namespace candor
