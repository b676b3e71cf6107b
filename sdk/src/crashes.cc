#include "crashes.h"

#include <unistd.h>

#include <climits>
#include <string>

#include "base/crash_writer.h"
#include "library/layout.h"
#include "process.h"

namespace candor::sdk {
namespace {

using library::DeclaredKind;

// Beside library/. Absolute: the program may go elsewhere before it crashes. Empty when it is not
// known where that is.
std::string crash_folder(const Telemetry& telemetry) {
  auto folder = telemetry.folder();
  folder.resize(folder.rfind('/') + 1);
  folder += library::kCrashFolder;
  if (folder.starts_with('/')) return folder;
  char here[PATH_MAX];
  return getcwd(here, sizeof here) == nullptr ? "" : std::string(here) + "/" + folder;
}

bool may_record(const void* telemetry, std::uint32_t number) {
  return candor_may_record(static_cast<const candor_telemetry*>(telemetry), number) != 0;
}

}  // namespace

candor_result record_crashes(const Telemetry& telemetry, const candor_crash_options& options) {
  const auto number = telemetry.find(DeclaredKind::kCrashes, library::kCrashList);
  if (number == 0) return CANDOR_OFF;
  const auto folder = crash_folder(telemetry);
  if (folder.empty()) return CANDOR_OFF;
  load_unwinder();
  const ProcessLock lock;
  const candor_telemetry* const hot = &telemetry;
  const bool is_ready = write_crash_records({.folder = folder,
                                             .program = options.program,
                                             .version = options.version,
                                             .may_record = may_record,
                                             .what = hot,
                                             .number = number});
  return is_ready && candor_may_record(hot, number) != 0 ? CANDOR_OK : CANDOR_OFF;
}

}  // namespace candor::sdk
