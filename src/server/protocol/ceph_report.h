// What the releases of Ceph's telemetry module send, in the shape of the newest: one shape is what
// a contract declares. Pure.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "server/admit/hash_here.h"

namespace candor {

// The two documents that one report of the oldest releases is.
struct CephReport {
  std::string report;   // without the devices
  std::string devices;  // as the body of a device report, {DEVICE: {STAMP: {…}}}; or empty
};

// Of a report as docs/formats/ceph.md says: crashes become a list, daemons' names in it hashes,
// `pg_num:` becomes `pg_num`, numbered pool types their names, and devices stand apart. All else is
// as it came. Without `hash` names become `-`. `installation` keeps names of two clusters apart.
CephReport newest_shape(const simdjson::dom::object& report, std::string_view installation,
                        const HashHere* hash);

// Whether that shape is the report's own, so that it may be taken as it came; rather false than
// wrongly true.
bool has_newest_shape(const simdjson::dom::object& report);

// The text with each UUID of version 1, which holds a machine's network address and the time,
// replaced by a hash of it that looks like one of version 4. Without `hash` as it came.
std::string without_machine_uuids(std::string_view text, const HashHere* hash);

}  // namespace candor
