// Disks, and the file systems on them.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "agent/monitor/limits.h"
#include "agent/monitor/node_parts.h"
#include "agent/monitor/proc_text.h"

namespace candor {
namespace {

constexpr double kMillis = 1e3;
constexpr double kSectorBytes = 512;  // the unit of /proc/diskstats, always

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
    if (words.size() < 4) return odd_kernel_file("proc/diskstats");
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

Status add_file_systems(const Path& root, Mounts& mounts, Families& families) {
  // The machine's, and not those that a service sees: to ours all of them are read-only.
  auto text = read_kernel_file(root, "proc/1/mounts");
  if (!text.ok()) text = read_kernel_file(root, "proc/self/mounts");
  if (!text.ok()) return text.error();
  const auto all = mounts_in(*text);
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

}  // namespace candor
