// What a service tells systemd, without its library.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/environment.h"

namespace candor {

// Sends "READY=1", "WATCHDOG=1", "STOPPING=1", … to the socket that NOTIFY_SOCKET names; nothing
// when it names none. Never fails: a service runs without a listener, too.
void tell_systemd(const Environment& environment, std::string_view message);

// How often the watchdog wants to hear; nothing when there is none.
std::optional<std::chrono::milliseconds> watchdog_interval(const Environment& environment);

}  // namespace candor
