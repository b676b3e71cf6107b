// What sort of machine this is: the channel *host* of the product mesh (contracts/mesh.toml).
//
// The report has: os.id, os.release, kernel.series, architecture, cpu.count, cpu.vendor,
// memory.bytes, disks[].{kind, size_bytes, count}, storage.{disks, bytes}, virtualization.
// Sizes are rounded to the nearest power of two and disks are grouped by kind and size, because
// exact sizes tell machines apart. Never in it, for the same reason: host name, addresses, users,
// serial numbers, machine id, models of processors and disks, the kernel's full release (its end
// often says who built it), names of distributions that are not well known.
#pragma once

#include <cstdint>
#include <string>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"

namespace candor {

// Where the facts come from: the machine, or a folder that looks like one.
struct HostSource {
  Path root = "/";           // holds etc/os-release, proc/ and sys/
  std::string kernel;        // as `uname -r` prints it
  std::string architecture;  // as `uname -m` prints it
};

// The machine this program runs on.
HostSource this_machine();

// The whole report, or kUnavailable naming the file that could not be read: a fact that every
// machine has is never left out silently. Reads only below source.root; safe from any thread.
Result<Json> collect_host(const HostSource& source);

// The nearest power of two (on a logarithmic scale), at least 1.
std::uint64_t size_class(std::uint64_t bytes);

}  // namespace candor
