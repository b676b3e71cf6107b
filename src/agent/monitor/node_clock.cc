// The machine's clock, and what the kernel says of itself.
#include <fmt/format.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#include <chrono>

#include "agent/monitor/node_parts.h"

namespace candor {
namespace {

constexpr double kMicros = 1e6, kNanos = 1e9;

}  // namespace

Status add_uname(Families& families) {
  struct utsname name {};
  if (::uname(&name) != 0) return system_error("ask", "the kernel for its name");
  families.gauge("node_uname_info", "What the kernel says of itself, and the machine's name.", 1,
                 {{"domainname", name.domainname},
                  {"machine", name.machine},
                  {"nodename", name.nodename},
                  {"release", name.release},
                  {"sysname", name.sysname},
                  {"version", name.version}});
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  families.gauge("node_time_seconds", "The machine's clock, in Unix time.", now.count());
  return Ok{};
}

Status add_clock(Families& families) {
  // https://man7.org/linux/man-pages/man2/adjtimex.2.html
  struct timex clock {};
  const int state = ::adjtimex(&clock);
  if (state == -1) return system_error("ask", "the kernel for its clock");
  const auto fine = (clock.status & STA_NANO) != 0 ? kNanos : kMicros;
  constexpr double kFrequency = 65'536.0 * kMicros;  // parts per million, times 2^16
  const auto number = [](auto value) { return static_cast<double>(value); };
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    families.gauge(fmt::format("node_timex_{}", name), help, value);
  };
  const auto counter = [&](std::string_view name, std::string_view help, double value) {
    families.counter(fmt::format("node_timex_{}_total", name), help, value);
  };
  gauge("sync_status", "Whether the clock is held to a reference clock.",
        state == TIME_ERROR ? 0 : 1);
  gauge("offset_seconds", "Offset to the reference clock.", number(clock.offset) / fine);
  gauge("frequency_adjustment_ratio", "How much faster than by itself the clock runs.",
        1 + number(clock.freq) / kFrequency);
  gauge("maxerror_seconds", "Largest error.", number(clock.maxerror) / kMicros);
  gauge("estimated_error_seconds", "Estimated error.", number(clock.esterror) / kMicros);
  gauge("status", "Bits of the state (STA_… of adjtimex).", number(clock.status));
  gauge("loop_time_constant", "Time constant of the phase-locked loop.", number(clock.constant));
  gauge("tick_seconds", "Between two ticks.", number(clock.tick) / kMicros);
  gauge("tai_offset_seconds", "Offset to international atomic time.", number(clock.tai));
  gauge("pps_frequency_hertz", "Frequency of the pulse per second.",
        number(clock.ppsfreq) / kFrequency);
  gauge("pps_jitter_seconds", "Jitter of the pulse per second.", number(clock.jitter) / fine);
  gauge("pps_shift_seconds", "Interval of the pulse per second.", number(clock.shift));
  gauge("pps_stability_hertz", "Wander of the pulse per second.",
        number(clock.stabil) / kFrequency);
  counter("pps_jitter", "Pulses beyond the limit of jitter.", number(clock.jitcnt));
  counter("pps_calibration", "Intervals of calibration.", number(clock.calcnt));
  counter("pps_error", "Calibrations that failed.", number(clock.errcnt));
  counter("pps_stability_exceeded", "Pulses beyond the limit of wander.", number(clock.stbcnt));
  return Ok{};
}

}  // namespace candor
