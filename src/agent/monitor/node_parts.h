// The parts of node.h, each of the files of one subject. Pure but for reading; kUnavailable or
// kBadData when a file that every machine has is missing or of another form.
#pragma once

#include "agent/monitor/mounts.h"
#include "base/files.h"
#include "base/result.h"
#include "metrics/families.h"

namespace candor {

Status add_cpu(const Path& root, Families& families);     // also boot time, processes, switches
Status add_memory(const Path& root, Families& families);  // also what was paged and killed
Status add_load(const Path& root, Families& families);
Status add_pressure(const Path& root, Families& families);  // nothing where the kernel has none
Status add_descriptors(const Path& root, Families& families);
Status add_disks(const Path& root, Families& families);
Status add_network(const Path& root, Families& families);
Status add_clock(Families& families);  // of this machine, whatever the root
Status add_uname(Families& families);
Status add_file_systems(const Path& root, Mounts& mounts, Families& families);

}  // namespace candor
