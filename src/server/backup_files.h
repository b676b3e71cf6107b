// What taking a backup and bringing one back share: the names in its folder, and copying.
#pragma once

#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace candor {

inline constexpr int kBackupVersion = 1;
inline constexpr std::string_view kBackupFormat = "Native";  // ClickHouse's, of the tables' rows
inline constexpr std::string_view kBackupManifest = "manifest.json";

Error not_empty(const Path& folder);
// Copies the files of a folder, and those of the folders in it; fine when it is not there.
Status copy_folder(const Path& from, const Path& to);
// The same of a folder with a file a day, and what else is in it: that is true of the folder it
// is in only.
Status copy_days(const Path& from, const Path& to);
// Durable when it returns.
Status copy_one_file(const Path& from, const Path& to);

}  // namespace candor
