// The systemd units of this machine, asked of `systemctl`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/process.h"
#include "base/result.h"

namespace candor {

struct SystemdUnit {
  std::string name;    // "cron.service"
  std::string active;  // "active", "inactive", "failed", …
  std::string sub;     // "running", "exited", "dead", …
  std::optional<std::uint64_t> tasks;
};

using UnitList = std::vector<SystemdUnit>;

struct UnitTotals {
  std::uint64_t services_running = 0;
  std::uint64_t services_active = 0;
  std::optional<std::uint64_t> tasks_running;  // nothing where systemd does not count tasks
};

// Services, sockets and timers that are loaded. kUnavailable when there is no systemd to ask, or it
// does not answer; kBadData when it answers something else. `command` is systemctl's name or path.
Result<UnitList> read_units(const std::string& command, const ProcessRunner& run);

// What `systemctl show` printed: blocks of NAME=VALUE with an empty line between. Pure.
Result<UnitList> parse_units(std::string_view text);

UnitTotals count_units(const UnitList& units);

}  // namespace candor
