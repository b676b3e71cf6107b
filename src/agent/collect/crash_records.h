// The crash records that programs left behind (docs/formats/crash.md).
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/result.h"

namespace candor {

// {"program_crashes": [...]}, oldest first: the records from `since` or later (nothing: all), of
// each only what its format names. "program_crashes_damaged" is there when files that changed since
// then were no records: how many. Removes what is older than kMaxCrashRecordAge or beyond the
// newest kMaxCrashRecords of all folders. No folder is no crash. kCannotCreate when one cannot be
// read.
Result<Json> collect_crash_records(const std::vector<Path>& folders, std::optional<Instant> since,
                                   Instant now);

// One record as it is reported; nothing when the text is none. Pure; any bytes are taken.
std::optional<Json> crash_record(std::string_view text);

}  // namespace candor
