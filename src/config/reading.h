// Reading values of a configuration file as its table of keys (config/key.h) has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/toml.h"

namespace candor {

// The default of a key of the collector's.
std::string server_fallback(std::string_view name);

// A whole number within the bounds of the collector's key `name`, which stands in `table` as its
// last part; `what` begins the sentence that refuses others.
std::int64_t read_bounded(TomlTable& table, std::string_view name, std::string_view what);

// The path as seen from `folder`, which is where the file that names it stands; an empty one stays
// so.
Path path_from(const Path& folder, const Path& path);
// The same of a key; empty when it is not there.
Path read_path(TomlTable& table, std::string_view key, const Path& folder,
               const std::string& fallback = "");

}  // namespace candor
