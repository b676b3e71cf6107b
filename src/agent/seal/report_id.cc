#include "agent/seal/report_id.h"

#include <fmt/format.h>

namespace candor {

std::string report_id(Instant sealed_at, std::string_view sha256) {
  const auto ms = to_unix_millis(sealed_at);
  auto text = format_rfc3339(from_unix_millis(ms - ms % 1000));  // "2026-11-21T07:00:00Z"
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'Z'; });
  return fmt::format("{}.{:03}Z-{}", text, ms % 1000, sha256.substr(0, 8));
}

std::optional<Instant> sealed_at_of(std::string_view id) {
  if (id.size() < 20) return std::nullopt;
  return parse_rfc3339(fmt::format("{}-{}-{}T{}:{}:{}", id.substr(0, 4), id.substr(4, 2),
                                   id.substr(6, 2), id.substr(9, 2), id.substr(11, 2),
                                   id.substr(13, 7)));
}

}  // namespace candor
