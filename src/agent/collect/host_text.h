// Reads the text files in which Linux describes the machine. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace candor {

struct OsRelease {
  std::string id;       // one of the well-known names, else "other"
  std::string release;  // "debian 12"; empty when there is no version or the name is "other"
};
// Of /etc/os-release; an empty text is another system.
OsRelease parse_os_release(std::string_view text);

// "6.1" of "6.1.0-18-amd64"; empty when it does not start with two numbers.
std::string kernel_series(std::string_view release);

// The name of the instruction set as the contract has it, else "other".
std::string_view architecture_name(std::string_view machine);

// How many processors "0-3,8" names (/sys/devices/system/cpu/online).
std::optional<std::uint64_t> count_cpus(std::string_view ranges);

// "amd", "arm", "intel" or "other", of /proc/cpuinfo.
std::string_view cpu_vendor(std::string_view cpuinfo);
// Whether the processor says that it is not a real one.
bool has_hypervisor_flag(std::string_view cpuinfo);

// MemTotal of /proc/meminfo.
std::optional<std::uint64_t> memory_bytes(std::string_view meminfo);

// Who made the virtual machine, from the vendor and product names of its firmware; empty when they
// name nobody known.
std::string_view hypervisor_name(std::string_view vendor, std::string_view product);

// Without the blanks and the line end around it.
std::string_view trimmed(std::string_view text);

}  // namespace candor
