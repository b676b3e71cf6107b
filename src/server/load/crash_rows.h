// The crashes that a report tells of (docs/formats/crash.md, section "Groups"). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "contract/top_members.h"

namespace candor {

struct CrashRow {
  std::string crash;      // what the client calls it, never empty
  std::string signature;  // 64 hex digits; empty where no stack is told
  Instant at{};           // never after the report, nor before 1970
  std::string program;
  std::string release;  // its version
  std::string reason;
  std::string frames;  // a line each, innermost first
};

// `report` is what admission kept of a report that is dated `reported`: its lists `crashes`, as
// Ceph's module and Candor's collector of clusters have them, and `program_crashes`. Entries
// without an id are passed over; one without a signature gets it by the recipe of
// base/stack_signature.h, over kMaxFramesSigned frames at most. Of a list of more than
// kMaxCrashesOfReport the last ones.
std::vector<CrashRow> crashes_of(const TopMembers& report, Instant reported);

}  // namespace candor
