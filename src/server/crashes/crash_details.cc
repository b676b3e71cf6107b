#include "server/crashes/crash_details.h"

#include "base/log.h"

namespace candor {

DetailedCrashes CrashDetails::add_to(Crashes crashes) {
  auto explained = explain_groups(
      crashes.groups, [&](std::string_view build_id) { return symbols_.find(build_id); });
  auto fixed = read_fixed_crashes(fixed_);
  if (!fixed.ok()) log_warning("{}", fixed.error().message);
  return {std::move(crashes), std::move(explained),
          fixed.ok() ? *std::move(fixed) : FixedCrashes()};
}

}  // namespace candor
