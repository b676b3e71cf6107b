#include "server/load/checkpoint.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"

namespace candor {

Result<Checkpoint> read_checkpoint(const Path& file) {
  const auto text = read_file(file);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return Checkpoint{random_uuid(), {}, {}};
  if (!text.ok()) return text.error();
  const auto json = parse_json(*text);
  Checkpoint checkpoint;
  if (json.ok()) {
    checkpoint.journal = string_member(*json, "journal");
    checkpoint.loaded = {static_cast<std::uint64_t>(integer_member(*json, "loaded", -1))};
    checkpoint.pending = {static_cast<std::uint64_t>(integer_member(*json, "pending", -1))};
  }
  if (!is_uuid(checkpoint.journal) || checkpoint.pending < checkpoint.loaded) {
    return Error{ErrorKind::kBadData,
                 fmt::format("{} is damaged: it says how far the journal was loaded. Restore the data folder from a backup.",
                             file.string())};
  }
  return checkpoint;
}

Status write_checkpoint(const Path& file, const Checkpoint& checkpoint) {
  Json json;
  json["journal"] = checkpoint.journal;
  json["loaded"] = checkpoint.loaded.value;
  json["pending"] = checkpoint.pending.value;
  return write_file(file, to_pretty(json));
}

}  // namespace candor
