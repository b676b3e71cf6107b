#include "agent/collect/host.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "agent/collect/host_text.h"
#include "base/numbers.h"

namespace candor {
namespace {

constexpr std::uint64_t kMaxFactBytes = 4u << 20;  // /proc/cpuinfo of the largest machines
constexpr std::uint64_t kSectorBytes = 512;        // the unit of /sys/block/*/size, always
constexpr std::size_t kMaxDisks = 10'000;

Error missing(std::string_view file, std::string_view why) {
  return Error{
      ErrorKind::kUnavailable,
      fmt::format("{} {}, so there is no report of this machine. Is /proc or /sys not mounted?",
                  file, why)};
}

// A file that every Linux machine has.
Result<std::string> read_fact(const HostSource& source, std::string_view file) {
  auto text = read_file(source.root / file, kMaxFactBytes);
  if (!text.ok()) return missing(fmt::format("/{}", file), "cannot be read");
  return text;
}

// A file that only some have; empty when it is not there.
std::string read_if_there(const Path& file) {
  auto text = read_file(file, kMaxFactBytes);
  return text.ok() ? std::string(trimmed(*text)) : std::string();
}

Json os_part(const HostSource& source) {
  auto text = read_if_there(source.root / "etc/os-release");
  if (text.empty()) text = read_if_there(source.root / "usr/lib/os-release");
  const auto os = parse_os_release(text);
  Json part = {{"id", os.id}};
  if (!os.release.empty()) part["release"] = os.release;
  return part;
}

std::string_view virtualization(const HostSource& source, std::string_view cpuinfo) {
  std::error_code ignored;
  if (std::filesystem::exists(source.root / "run/systemd/container", ignored) ||
      std::filesystem::exists(source.root / ".dockerenv", ignored) ||
      std::filesystem::exists(source.root / "run/.containerenv", ignored)) {
    return "container";
  }
  const auto name = hypervisor_name(read_if_there(source.root / "sys/class/dmi/id/sys_vendor"),
                                    read_if_there(source.root / "sys/class/dmi/id/product_name"));
  const auto type = read_if_there(source.root / "sys/hypervisor/type");
  if (type == "xen") return name.empty() ? "xen" : name;
  // Amazon and Google sell real machines under the same names.
  const bool is_virtual =
      has_hypervisor_flag(cpuinfo) || (!name.empty() && name != "amazon" && name != "google");
  if (!is_virtual) return "none";
  return name.empty() ? "other" : name;
}

// The kind of a disk, by the kernel's name for it; nothing for what is no disk of its own: loop
// devices, RAM disks, volumes and arrays made of other disks, optical drives.
std::optional<std::string_view> disk_kind(const std::string& name, const Path& folder) {
  if (name.starts_with("vd") || name.starts_with("xvd")) return "virtual";
  const bool solid = read_if_there(folder / "queue/rotational") == "0";
  if (name.starts_with("nvme")) return "nvme";
  if (name.starts_with("sd") || name.starts_with("hd") || name.starts_with("dasd") ||
      name.starts_with("mmcblk")) {
    return solid ? "ssd" : "hdd";
  }
  return std::nullopt;
}

// Parts of a flash card that hold its own firmware.
bool is_card_part(std::string_view name) {
  return name.starts_with("mmcblk") &&
         (name.find("boot") != std::string_view::npos || name.ends_with("rpmb"));
}

using DiskGroup = std::pair<std::string_view, std::uint64_t>;  // kind, size of each in bytes

Result<std::map<DiskGroup, std::uint64_t>> count_disks(const HostSource& source) {
  std::map<DiskGroup, std::uint64_t> groups;
  std::error_code failed;
  std::filesystem::directory_iterator disks(source.root / "sys/block", failed);
  if (failed) return missing("/sys/block", "cannot be listed");
  std::size_t seen = 0;
  for (; disks != std::filesystem::directory_iterator() && seen < kMaxDisks;
       disks.increment(failed), ++seen) {
    const auto name = disks->path().filename().string();
    const auto kind = is_card_part(name) ? std::nullopt : disk_kind(name, disks->path());
    const auto sectors = parse_unsigned<std::uint64_t>(read_if_there(disks->path() / "size"));
    const bool removable = read_if_there(disks->path() / "removable") == "1";
    if (!kind || removable || !sectors || *sectors == 0 || *sectors >> 52 != 0) continue;
    ++groups[{*kind, size_class(*sectors * kSectorBytes)}];
  }
  if (failed) return missing("/sys/block", "cannot be listed to its end");
  return groups;
}

void add_disks(const std::map<DiskGroup, std::uint64_t>& groups, Json& report) {
  auto disks = Json::array();
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  for (const auto& [group, number] : groups) {
    disks.push_back({{"kind", group.first}, {"size_bytes", group.second}, {"count", number}});
    count += number;
    bytes += number * group.second;
  }
  report["disks"] = std::move(disks);
  report["storage"] = {{"disks", count}, {"bytes", bytes}};
}

}  // namespace

std::uint64_t size_class(std::uint64_t bytes) {
  if (bytes < 2) return 1;
  const std::uint64_t below = std::bit_floor(bytes);
  // The border lies at the square root of 2: compared by squares, of numbers small enough for them.
  const int shift = std::max(0, 33 - std::countl_zero(below));
  const std::uint64_t scaled = bytes >> shift;
  const std::uint64_t unit = below >> shift;
  return scaled * scaled <= 2 * unit * unit ? below : below << 1;
}

HostSource this_machine() {
  HostSource source;
  utsname name{};
  if (uname(&name) == 0) {
    source.kernel = name.release;
    source.architecture = name.machine;
  }
  return source;
}

Result<Json> collect_host(const HostSource& source) {
  CANDOR_ASSIGN(cpuinfo, read_fact(source, "proc/cpuinfo"));
  CANDOR_ASSIGN(meminfo, read_fact(source, "proc/meminfo"));
  CANDOR_ASSIGN(online, read_fact(source, "sys/devices/system/cpu/online"));
  CANDOR_ASSIGN(disks, count_disks(source));
  const auto cpus = count_cpus(online);
  if (!cpus) return missing("/sys/devices/system/cpu/online", "lists no processors");
  const auto memory = memory_bytes(meminfo);
  if (!memory) return missing("/proc/meminfo", "has no MemTotal in kB");
  const auto series = kernel_series(source.kernel);
  if (series.empty()) return missing("The kernel's release", "does not start with two numbers");

  Json report;
  report["os"] = os_part(source);
  report["kernel"] = {{"series", series}};
  report["architecture"] = architecture_name(source.architecture);
  report["cpu"] = {{"count", *cpus}, {"vendor", cpu_vendor(cpuinfo)}};
  report["memory"] = {{"bytes", size_class(*memory)}};
  add_disks(disks, report);
  report["virtualization"] = virtualization(source, cpuinfo);
  return report;
}

}  // namespace candor
