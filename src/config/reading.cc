#include "config/reading.h"

#include <fmt/format.h>

#include "base/numbers.h"
#include "config/key.h"

namespace candor {

std::string server_fallback(std::string_view name) {
  return std::string(find_key(server_keys(), name)->fallback);
}

std::int64_t read_bounded(TomlTable& table, std::string_view name, std::string_view what) {
  const auto* key = find_key(server_keys(), name);
  const auto last = name.substr(name.rfind('.') + 1);
  const auto fallback = *parse_unsigned<std::int64_t>(key->fallback);
  const auto value = table.integer(last).value_or(fallback);
  if (value >= key->min && value <= key->max) return value;
  table.reject(last, fmt::format("{}, {} to {}.", what, key->min, key->max));
  return fallback;
}

Path path_from(const Path& folder, const Path& path) {
  return path.empty() || path.is_absolute() ? path : (folder / path).lexically_normal();
}

Path read_path(TomlTable& table, std::string_view key, const Path& folder,
               const std::string& fallback) {
  return path_from(folder, table.text(key, fallback));
}

}  // namespace candor
