#include "base/crash_recorder.h"

#include <fmt/format.h>

#include <atomic>

#include "base/crash_writer.h"
#include "base/limits.h"

namespace candor {
namespace {

std::atomic<bool> keeping{false};

}  // namespace

Status record_crashes(const Path& folder, std::string_view program, std::string_view version) {
  const auto& path = folder.native();
  keeping = true;
  load_unwinder();
  const bool is_ready = write_crash_records(
      {.folder = path,
       .program = program,
       .version = version,
       .may_record = [](const void*, std::uint32_t) { return keeping.load(); }});
  if (is_ready) return Ok{};
  return Error{ErrorKind::kUsage,
               fmt::format("{} is too long a path for crash records; at most {} bytes.", path,
                           kMaxCrashPathBytes)};
}

void keep_crash_records(bool keep) { keeping = keep; }

}  // namespace candor
