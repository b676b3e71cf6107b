#include "smart/drives.h"

#include <algorithm>
#include <string_view>

#include "smart/limits.h"

namespace candor {
namespace {

constexpr std::size_t kMaxNameLength = 128;

bool is_made_of(std::string_view text, std::string_view punctuation) {
  return !text.empty() && text.size() <= kMaxNameLength && std::ranges::all_of(text, [&](char c) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return plain || punctuation.find(c) != std::string_view::npos;
  });
}

bool is_device(std::string_view name) {
  return name.starts_with("/dev/") && name.find("..") == std::string_view::npos &&
         is_made_of(name, "/_-.:");
}

// "sat", "nvme", "megaraid,3", "sat+megaraid,3"; never an option.
bool is_type(std::string_view type) {
  return is_made_of(type, ",+/_:") && type.front() != '+' && type.front() != ',';
}

Json with_problem(std::string_view problem) { return {{"format", 1}, {"problem", problem}}; }

}  // namespace

std::vector<FoundDrive> found_drives(const Json& scan) {
  std::vector<FoundDrive> drives;
  const auto* devices = find_member(scan, "devices");
  if (devices == nullptr || !devices->is_array()) return drives;
  for (const auto& device : *devices) {
    FoundDrive drive{string_member(device, "name"), string_member(device, "type")};
    if (drives.size() == kMaxSmartDrives) break;
    if (is_device(drive.name) && is_type(drive.type)) drives.push_back(std::move(drive));
  }
  return drives;
}

Json ask_drives(const SmartWorld& world) {
  const auto deadline = world.now() + kSmartAllTime;
  const auto scan = world.run({.argv = {"smartctl", "--scan-open", "--json=c"},
                               .timeout = kSmartScanTime,
                               .max_output_bytes = kMaxSmartDriveBytes});
  if (!scan.ok()) {
    return with_problem(scan.error().kind == ErrorKind::kUnavailable ? "no_smartctl"
                                                                     : "smartctl_failed");
  }
  // A shell, or a sandbox, says so with these when the program is not there.
  if (scan->exit_status == 127) return with_problem("no_smartctl");
  const auto found = parse_json(scan->out);
  if (!found.ok()) return with_problem("smartctl_failed");
  Json drives = Json::array();
  for (const auto& drive : found_drives(*found)) {
    if (world.now() >= deadline) break;
    // The exit status is a set of bits about the drive's health, and stands in the document.
    const auto asked =
        world.run({.argv = {"smartctl", "--json=c", "-x", "-d", drive.type, drive.name},
                   .timeout = kSmartDriveTime,
                   .max_output_bytes = kMaxSmartDriveBytes});
    if (!asked.ok()) continue;
    auto document = parse_json(asked->out);
    if (document.ok() && document->is_object()) drives.push_back(*std::move(document));
  }
  return {{"format", 1}, {"drives", std::move(drives)}};
}

}  // namespace candor
