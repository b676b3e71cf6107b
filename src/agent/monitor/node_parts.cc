#include "agent/monitor/node_parts.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "agent/monitor/proc_text.h"

namespace candor {
namespace {

constexpr double kMicros = 1e6;

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
  if (!any) return odd_kernel_file(kFile);
  return Ok{};
}

Status add_memory(const Path& root, Families& families) {
  constexpr std::string_view kFile = "proc/meminfo";
  CANDOR_ASSIGN(text, read_kernel_file(root, kFile));
  for (const auto line : lines_of(text)) {
    const auto words = words_of(line);
    if (words.size() < 2 || !words[0].ends_with(':')) return odd_kernel_file(kFile);
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
  if (words.size() < 3) return odd_kernel_file(kFile);
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
  if (words.size() != 3) return odd_kernel_file(kFile);
  families.gauge("node_filefd_allocated", "Open files of all processes.", number_in(words[0]));
  families.gauge("node_filefd_maximum", "Open files there may be.", number_in(words[2]));
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
  if (lines.size() < 2) return odd_kernel_file(kFile);
  lines.erase(lines.begin(), lines.begin() + 2);  // the names of the columns
  for (const auto line : lines) {
    const auto colon = line.rfind(':');
    const auto words = words_of(line.substr(std::min(colon + 1, line.size())));
    const auto names = words_of(line.substr(0, std::min(colon, line.size())));
    if (names.size() != 1 || words.size() < std::size(kReceived) + std::size(kSent))
      return odd_kernel_file(kFile);
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
