#include "agent/collect/host_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/numbers.h"

namespace candor {
namespace {

// A name that is not in this list may be a company's own.
constexpr std::array<std::string_view, 18> kSystems = {
    "almalinux", "alpine", "amzn",   "arch",
    "centos",    "debian", "fedora", "flatcar",
    "gentoo",    "nixos",  "ol",     "opensuse-leap",
    "raspbian",  "rhel",   "rocky",  "opensuse-tumbleweed",
    "sles",      "ubuntu"};

constexpr std::size_t kMaxVersionBytes = 16;

// The next line of `rest`, without its end; nothing at the end of the text.
std::optional<std::string_view> next_line(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const auto end = std::min(rest.find('\n'), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::string_view unquoted(std::string_view value) {
  value = trimmed(value);
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.front() == value.back();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= kMaxVersionBytes &&
         text.find_first_not_of("0123456789.") == std::string_view::npos;
}

// The value of the first line "NAME<blanks>: VALUE".
std::string_view value_of(std::string_view text, std::string_view name) {
  while (const auto line = next_line(text)) {
    const auto colon = line->find(':');
    if (colon != std::string_view::npos && trimmed(line->substr(0, colon)) == name) {
      return trimmed(line->substr(colon + 1));
    }
  }
  return {};
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

OsRelease parse_os_release(std::string_view text) {
  std::string_view id;
  std::string_view version;
  while (const auto line = next_line(text)) {
    if (line->starts_with("ID=")) id = unquoted(line->substr(3));
    if (line->starts_with("VERSION_ID=")) version = unquoted(line->substr(11));
  }
  OsRelease os{"other", ""};
  if (std::ranges::find(kSystems, id) == kSystems.end()) return os;
  os.id = id;
  if (is_version(version)) os.release = os.id + " " + std::string(version);
  return os;
}

std::string kernel_series(std::string_view release) {
  const auto dot = release.find('.');
  if (dot == std::string_view::npos) return {};
  const auto rest = release.substr(dot + 1);
  const auto minor = rest.substr(0, std::min(rest.find_first_not_of("0123456789"), rest.size()));
  if (!parse_unsigned<int>(release.substr(0, dot)) || !parse_unsigned<int>(minor)) return {};
  return std::string(release.substr(0, dot + 1 + minor.size()));
}

std::string_view architecture_name(std::string_view machine) {
  constexpr std::array<std::string_view, 7> kKnown = {"x86_64",  "aarch64", "armv7l", "i686",
                                                      "ppc64le", "riscv64", "s390x"};
  const auto* const found = std::ranges::find(kKnown, machine);
  return found == kKnown.end() ? "other" : *found;
}

std::optional<std::uint64_t> count_cpus(std::string_view ranges) {
  ranges = trimmed(ranges);
  std::uint64_t count = 0;
  while (!ranges.empty()) {
    const auto range = ranges.substr(0, std::min(ranges.find(','), ranges.size()));
    ranges.remove_prefix(std::min(range.size() + 1, ranges.size()));
    const auto dash = range.find('-');
    const auto first = parse_unsigned<std::uint32_t>(range.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : parse_unsigned<std::uint32_t>(range.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    count += std::uint64_t{*last} - *first + 1;
  }
  if (count == 0) return std::nullopt;
  return count;
}

std::string_view cpu_vendor(std::string_view cpuinfo) {
  const auto vendor = value_of(cpuinfo, "vendor_id");
  if (vendor == "GenuineIntel") return "intel";
  if (vendor == "AuthenticAMD") return "amd";
  // 0x41 is Arm's own number; others build processors of their own design.
  if (value_of(cpuinfo, "CPU implementer") == "0x41") return "arm";
  return "other";
}

bool has_hypervisor_flag(std::string_view cpuinfo) {
  return value_of(cpuinfo, "flags").find("hypervisor") != std::string_view::npos;
}

std::optional<std::uint64_t> memory_bytes(std::string_view meminfo) {
  const auto value = value_of(meminfo, "MemTotal");
  if (!value.ends_with(" kB")) return std::nullopt;
  const auto kibibytes = parse_unsigned<std::uint64_t>(trimmed(value.substr(0, value.size() - 3)));
  if (!kibibytes || *kibibytes == 0 || *kibibytes >> 50 != 0) return std::nullopt;
  return *kibibytes * 1024;
}

std::string_view hypervisor_name(std::string_view vendor, std::string_view product) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kVendors = {{
      {"Amazon EC2", "amazon"},
      {"Google", "google"},
      {"QEMU", "kvm"},
      {"OpenStack", "kvm"},
      {"Red Hat", "kvm"},
      {"VMware", "vmware"},
      {"Xen", "xen"},
      {"innotek", "virtualbox"},
      {"Microsoft Corporation", "hyperv"},
  }};
  // Microsoft builds real machines too.
  if (vendor.starts_with("Microsoft") && !product.starts_with("Virtual Machine")) return {};
  if (product.starts_with("VirtualBox")) return "virtualbox";
  if (product.find("KVM") != std::string_view::npos) return "kvm";
  for (const auto& [prefix, name] : kVendors) {
    if (vendor.starts_with(prefix)) return name;
  }
  return {};
}

}  // namespace candor
