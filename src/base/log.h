// The program's log: one line an entry on standard error, for the operator. "stdout is data".
//
// Nothing that came in a report, no address of a client and no secret is ever logged. Safe from any
// thread.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace candor {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// What is written from now on: entries below `level` are dropped. kInfo at the start.
void set_log_level(LogLevel level);

void log_line(LogLevel level, std::string_view message);

template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log_line(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace candor
