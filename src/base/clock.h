// Time: instants, and the clock handed in wherever time is read.
//
// Time is whole milliseconds since 1970-01-01T00:00:00Z. Text is RFC 3339 in UTC ("…Z").
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace candor {

using Millis = std::chrono::milliseconds;
using Instant = std::chrono::time_point<std::chrono::system_clock, Millis>;

// Where the time comes from. Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

// The machine's clock; one object for the process.
const Clock& system_clock();

// A clock that stands still until a test moves it. Not thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  void set(Instant now) { now_ = now; }
  void advance(Millis by) { now_ += by; }

 private:
  Instant now_;
};

constexpr Instant from_unix_millis(std::int64_t ms) { return Instant(Millis(ms)); }
constexpr std::int64_t to_unix_millis(Instant t) { return t.time_since_epoch().count(); }
constexpr std::int64_t to_unix_seconds(Instant t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}
// Whole days since 1970-01-01, UTC.
constexpr std::int64_t day_of(Instant t) {
  return std::chrono::floor<std::chrono::days>(t).time_since_epoch().count();
}

// "2026-11-21T05:00:12.251Z"; whole seconds are written without a fraction.
std::string format_rfc3339(Instant t);
// "2026-11-21"
std::string format_day(std::int64_t day);

// Reads ISO 8601 date-times as the clients of docs/formats/ write them: "T" or a space between,
// any number of fraction digits (cut to milliseconds), zone "Z", "+hh:mm", "+hhmm" or none (UTC).
// Years 1970 to 9999. Nothing before or after.
std::optional<Instant> parse_rfc3339(std::string_view text);
// "2026-11-21", the day's first instant.
std::optional<Instant> parse_day(std::string_view text);

}  // namespace candor
