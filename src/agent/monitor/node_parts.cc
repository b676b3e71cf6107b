#include "agent/monitor/node_parts.h"

#include <fmt/format.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "agent/monitor/limits.h"
#include "agent/monitor/proc_text.h"
#include "base/clock.h"

namespace candor {
namespace {

constexpr double kMicros = 1e6, kMillis = 1e3, kNanos = 1e9;
constexpr double kSectorBytes = 512;  // the unit of /proc/diskstats, always

Error odd(std::string_view file) {
  return Error{ErrorKind::kBadData, fmt::format("/{} has another form than expected.", file)};
}

// The words behind that one, in the line that begins with it.
std::vector<std::string_view> words_behind(std::string_view text, std::string_view first) {
  for (const auto line : lines_of(text)) {
    auto words = words_of(line);
    if (words.empty() || words.front() != first) continue;
    words.erase(words.begin());
    return words;
  }
  return {};
}

// What /proc/stat counts of a processor, in its order; and which of them is which mode.
constexpr std::array<std::string_view, 8> kModes = {"user",   "nice", "system",  "idle",
                                                    "iowait", "irq",  "softirq", "steal"};

void add_processor(std::string_view cpu, const std::vector<std::string_view>& words,
                   Families& families) {
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto seconds = [&](std::size_t place) {
    return place < words.size() ? number_in(words[place]) / ticks : 0;
  };
  for (std::size_t mode = 0; mode < kModes.size(); ++mode) {
    families.counter("node_cpu_seconds_total", "Seconds the processors spent in each mode.",
                     seconds(mode + 1),
                     {{"cpu", std::string(cpu)}, {"mode", std::string(kModes[mode])}});
  }
  for (const auto& [place, mode] : {std::pair{9, "user"}, {10, "nice"}}) {
    families.counter(
        "node_cpu_guest_seconds_total", "Seconds the processors spent in guests, for each mode.",
        seconds(static_cast<std::size_t>(place)), {{"cpu", std::string(cpu)}, {"mode", mode}});
  }
}

}  // namespace

Status add_cpu(const Path& root, Families& families) {
  constexpr std::string_view kFile = "proc/stat";
  CANDOR_ASSIGN(text, read_kernel_file(root, kFile));
  bool any = false;
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.empty()) continue;
    const auto first = words.front();
    const auto number = words.size() > 1 ? number_in(words[1]) : 0;
    if (first.starts_with("cpu") && first.size() > 3) {
      add_processor(first.substr(3), words, families);
      any = true;
    } else if (first == "intr") {
      families.counter("node_intr_total", "Interrupts serviced.", number);
    } else if (first == "ctxt") {
      families.counter("node_context_switches_total", "Context switches.", number);
    } else if (first == "btime") {
      families.gauge("node_boot_time_seconds", "When the machine started, in Unix time.", number);
    } else if (first == "processes") {
      families.counter("node_forks_total", "Processes and threads that were begun.", number);
    } else if (first == "procs_running") {
      families.gauge("node_procs_running", "Processes that run or wait for a processor.", number);
    } else if (first == "procs_blocked") {
      families.gauge("node_procs_blocked", "Processes that wait for a disk.", number);
    }
  }
  if (!any) return odd(kFile);
  return Ok{};
}

Status add_memory(const Path& root, Families& families) {
  constexpr std::string_view kFile = "proc/meminfo";
  CANDOR_ASSIGN(text, read_kernel_file(root, kFile));
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() < 2 || !words[0].ends_with(':')) return odd(kFile);
    // "Active(anon):" is Active_anon.
    std::string name(words[0].substr(0, words[0].size() - 1));
    std::ranges::replace(name, '(', '_');
    std::erase(name, ')');
    const bool is_size = words.size() > 2 && words[2] == "kB";
    families.gauge(fmt::format("node_memory_{}{}", name, is_size ? "_bytes" : ""),
                   "As /proc/meminfo has it.", number_in(words[1]) * (is_size ? 1024 : 1));
  }
  CANDOR_ASSIGN(counts, read_kernel_file(root, "proc/vmstat"));
  for (const auto line : lines_of(counts)) {
    const auto words = words_of(line);
    if (words.size() < 2) continue;
    const auto name = words[0];
    const bool is_fault = name.starts_with("pg") && name.find("fault") != name.npos;
    if (!is_fault && !name.starts_with("oom_kill") && !name.starts_with("pgpg") &&
        !name.starts_with("pswp"))
      continue;
    families.of(fmt::format("node_vmstat_{}", name), std::nullopt, "As /proc/vmstat has it.")
        .add(number_in(words[1]));
  }
  return Ok{};
}

Status add_load(const Path& root, Families& families) {
  constexpr std::string_view kFile = "proc/loadavg";
  CANDOR_ASSIGN(text, read_kernel_file(root, kFile));
  const auto words = words_of(text);
  if (words.size() < 3) return odd(kFile);
  families.gauge("node_load1", "Load, averaged over a minute.", number_in(words[0]));
  families.gauge("node_load5", "Load, averaged over five minutes.", number_in(words[1]));
  families.gauge("node_load15", "Load, averaged over fifteen minutes.", number_in(words[2]));
  return Ok{};
}

Status add_pressure(const Path& root, Families& families) {
  struct Stall {
    std::string_view file, line, name, help;
  };
  constexpr Stall kStalls[] = {
      {"cpu", "some", "cpu_waiting", "Seconds in which some process waited for a processor."},
      {"io", "some", "io_waiting", "Seconds in which some process waited for a disk."},
      {"io", "full", "io_stalled", "Seconds in which all processes waited for a disk."},
      {"memory", "some", "memory_waiting", "Seconds in which some process waited for memory."},
      {"memory", "full", "memory_stalled", "Seconds in which all processes waited for memory."},
  };
  constexpr std::string_view kTotal = "total=";
  for (const auto& stall : kStalls) {
    // Kernels before 4.20, and those started without it, have none.
    const auto text = read_kernel_file(root, fmt::format("proc/pressure/{}", stall.file));
    if (!text.ok()) continue;
    const auto words = words_behind(*text, stall.line);
    if (words.empty() || !words.back().starts_with(kTotal)) continue;
    families.counter(fmt::format("node_pressure_{}_seconds_total", stall.name), stall.help,
                     number_in(words.back().substr(kTotal.size())) / kMicros);
  }
  return Ok{};
}

Status add_descriptors(const Path& root, Families& families) {
  constexpr std::string_view kFile = "proc/sys/fs/file-nr";
  CANDOR_ASSIGN(text, read_kernel_file(root, kFile));
  const auto words = words_of(std::string_view(text).substr(0, text.find('\n')));
  if (words.size() != 3) return odd(kFile);
  families.gauge("node_filefd_allocated", "Open files of all processes.", number_in(words[0]));
  families.gauge("node_filefd_maximum", "Open files there may be.", number_in(words[2]));
  return Ok{};
}

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

Status add_file_systems(const Path& root, Mounts& mounts, Families& families) {
  // Of this process: another's may be hidden.
  CANDOR_ASSIGN(text, read_kernel_file(root, "proc/self/mounts"));
  const auto all = mounts_in(text);
  const auto fills = mounts.fill(all, kMountAnswerLimit);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& mount = all[i];
    const std::vector<FamilyLabel> labels = {
        {"device", mount.device}, {"fstype", mount.type}, {"mountpoint", mount.point}};
    const auto gauge = [&](std::string_view name, std::string_view help, double value) {
      families.gauge(fmt::format("node_filesystem_{}", name), help, value, labels);
    };
    const auto& fill = fills[i];
    gauge("device_error", "Whether it did not say how full it is.", fill ? 0 : 1);
    gauge("readonly", "Whether it is mounted to be read only.", mount.read_only ? 1 : 0);
    if (!fill) continue;
    const auto number = [](std::uint64_t value) { return static_cast<double>(value); };
    gauge("avail_bytes", "Bytes that everybody may still take.", number(fill->available));
    gauge("files", "Files there may be.", number(fill->files));
    gauge("files_free", "Files there may be besides those there are.", number(fill->files_free));
    gauge("free_bytes", "Bytes that are free, with those only root may take.", number(fill->free));
    gauge("size_bytes", "Bytes in all.", number(fill->size));
  }
  return Ok{};
}

namespace {

// A column of /proc/diskstats behind the device's name.
// https://www.kernel.org/doc/Documentation/admin-guide/iostats.rst
struct DiskColumn {
  std::string_view name;
  std::string_view help;
  double unit = 1;
  bool is_gauge = false;
};
constexpr DiskColumn kDiskColumns[] = {
    {"reads_completed_total", "Reads that were completed."},
    {"reads_merged_total", "Reads that were merged with others."},
    {"read_bytes_total", "Bytes read.", kSectorBytes},
    {"read_time_seconds_total", "Seconds spent by all reads.", 1 / kMillis},
    {"writes_completed_total", "Writes that were completed."},
    {"writes_merged_total", "Writes that were merged with others."},
    {"written_bytes_total", "Bytes written.", kSectorBytes},
    {"write_time_seconds_total", "Seconds spent by all writes.", 1 / kMillis},
    {"io_now", "Reads and writes under way.", 1, true},
    {"io_time_seconds_total", "Seconds in which something was under way.", 1 / kMillis},
    {"io_time_weighted_seconds_total", "The same, times how many there were.", 1 / kMillis},
    {"discards_completed_total", "Discards that were completed."},
    {"discards_merged_total", "Discards that were merged with others."},
    {"discarded_sectors_total", "Sectors that were discarded."},
    {"discard_time_seconds_total", "Seconds spent by all discards.", 1 / kMillis},
    {"flush_requests_total", "Flushes that were completed."},
    {"flush_requests_time_seconds_total", "Seconds spent by all flushes.", 1 / kMillis},
};

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// Disks alone, as the node exporter has them: ^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$ are
// none.
bool is_disk(std::string_view name) {
  const auto number = name.find_last_not_of("0123456789") + 1;
  const auto stem = name.substr(0, number);
  if (number == name.size()) return true;
  for (const auto* other : {"ram", "loop", "fd"}) {
    if (stem == other) return false;
  }
  for (const auto* bus : {"hd", "sd", "vd", "xvd"}) {
    const std::string_view prefix(bus);
    if (stem.starts_with(prefix) && stem.size() == prefix.size() + 1 && stem.back() >= 'a' &&
        stem.back() <= 'z')
      return false;
  }
  if (!stem.starts_with("nvme") || !stem.ends_with('p')) return true;
  const auto middle = stem.substr(4, stem.size() - 5);  // "0n1"
  const auto at = middle.find('n');
  return at == middle.npos || !is_digits(middle.substr(0, at)) || !is_digits(middle.substr(at + 1));
}

}  // namespace

Status add_disks(const Path& root, Families& families) {
  CANDOR_ASSIGN(text, read_kernel_file(root, "proc/diskstats"));
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() < 4) return odd("proc/diskstats");
    const auto name = words[2];
    if (!is_disk(name)) continue;
    const auto columns = std::min(words.size() - 3, std::size(kDiskColumns));
    for (std::size_t i = 0; i < columns; ++i) {
      const auto& column = kDiskColumns[i];
      families
          .of(fmt::format("node_disk_{}", column.name),
              column.is_gauge ? MetricType::kGauge : MetricType::kCounter, column.help)
          .add(number_in(words[3 + i]) * column.unit, {{"device", std::string(name)}});
    }
  }
  return Ok{};
}

Status add_network(const Path& root, Families& families) {
  constexpr std::string_view kFile = "proc/net/dev";
  CANDOR_ASSIGN(text, read_kernel_file(root, kFile));
  constexpr std::string_view kReceived[] = {"bytes", "packets", "errs",       "drop",
                                            "fifo",  "frame",   "compressed", "multicast"};
  constexpr std::string_view kSent[] = {"bytes", "packets", "errs",    "drop",
                                        "fifo",  "colls",   "carrier", "compressed"};
  auto lines = lines_of(text);
  if (lines.size() < 2) return odd(kFile);
  lines.erase(lines.begin(), lines.begin() + 2);  // the names of the columns
  for (const auto line : lines) {
    const auto colon = line.rfind(':');
    const auto words = words_of(line.substr(std::min(colon + 1, line.size())));
    const auto names = words_of(line.substr(0, std::min(colon, line.size())));
    if (names.size() != 1 || words.size() < std::size(kReceived) + std::size(kSent))
      return odd(kFile);
    const std::string device(names.front());
    const auto add = [&](std::string_view way, std::string_view what, std::string_view word) {
      families.counter(fmt::format("node_network_{}_{}_total", way, what),
                       fmt::format("Network device statistic {}_{}.", way, what), number_in(word),
                       {{"device", device}});
    };
    for (std::size_t i = 0; i < std::size(kReceived); ++i) add("receive", kReceived[i], words[i]);
    for (std::size_t i = 0; i < std::size(kSent); ++i)
      add("transmit", kSent[i], words[std::size(kReceived) + i]);
    const auto state = read_kernel_file(root, fmt::format("sys/class/net/{}/operstate", device));
    if (!state.ok()) continue;
    families.gauge("node_network_up", "Whether the device says that it is up.",
                   *state == "up\n" ? 1 : 0, {{"device", device}});
  }
  return Ok{};
}

}  // namespace candor
