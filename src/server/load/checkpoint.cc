#include "server/load/checkpoint.h"

#include <fmt/format.h>

#include <optional>

#include "base/digest.h"
#include "base/json.h"

namespace candor {
namespace {

std::optional<Position> position_in(const Json& json, std::string_view key) {
  const Json* member = find_member(json, key);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  return Position{member->get<std::uint64_t>()};
}

}  // namespace

Result<Checkpoint> read_checkpoint(const Path& file) {
  const auto text = read_file(file);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound)
    return Checkpoint{random_uuid(), {}, {}, {}};
  if (!text.ok()) return text.error();
  const auto json = parse_json(*text);
  Checkpoint checkpoint;
  const auto loaded = json.ok() ? position_in(*json, "loaded") : std::nullopt;
  const auto pending = json.ok() ? position_in(*json, "pending") : std::nullopt;
  if (json.ok()) {
    checkpoint.journal = string_member(*json, "journal");
    checkpoint.block = string_member(*json, "block");
  }
  checkpoint.loaded = loaded.value_or(Position{});
  checkpoint.pending = pending.value_or(Position{});
  const bool is_named = checkpoint.block.empty() || is_uuid(checkpoint.block);
  if (!is_uuid(checkpoint.journal) || !is_named || !loaded || !pending || *pending < *loaded) {
    return Error{ErrorKind::kBadData, fmt::format("{} is damaged: it says how far the journal was "
                                                  "loaded. Restore the data folder from a backup.",
                                                  file.string())};
  }
  return checkpoint;
}

Status write_checkpoint(const Path& file, const Checkpoint& checkpoint) {
  Json json;
  json["journal"] = checkpoint.journal;
  json["loaded"] = checkpoint.loaded.value;
  json["pending"] = checkpoint.pending.value;
  if (!checkpoint.block.empty()) json["block"] = checkpoint.block;
  return write_file(file, to_pretty(json));
}

}  // namespace candor
