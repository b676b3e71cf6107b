#include "server/store_trouble.h"

#include <fmt/format.h>

namespace candor {
namespace {

constexpr std::string_view kBringBack =
    "Bring the store back while the collector is stopped: candor restore BACKUP --store, or "
    "without "
    "a backup: candor restore --store --empty (docs/operations/backup.md).";

}  // namespace

std::string store_trouble(const StoreSigns& signs) {
  if (signs.cannot_open) {
    return fmt::format(
        "The store cannot be opened; the engine's own lines on standard error say why. What "
        "arrives "
        "is taken and waits in the journal. If its files are damaged: {}",
        kBringBack);
  }
  if (!signs.broken_parts.empty()) {
    std::string tables;
    for (const auto& [table, count] : signs.broken_parts)
      tables += fmt::format("{}{} of {}", tables.empty() ? "" : ", ", count, table);
    return fmt::format(
        "Files of the store are damaged, and their rows may be missing from figures; parts: {}. "
        "What "
        "arrives is taken and stored. {}",
        tables, kBringBack);
  }
  if (signs.damaged_reads > 0) {
    return fmt::format(
        "Files of the store are damaged: {} times something in them could not be read. What "
        "arrives is taken. {}",
        signs.damaged_reads, kBringBack);
  }
  if (signs.takes_nothing.empty()) return {};
  return fmt::format(
      "The store takes nothing: {}. What arrives is taken and waits in the journal. If the store "
      "is "
      "damaged: {}",
      signs.takes_nothing, kBringBack);
}

Status look_for_damage(EngineClient& engine, StoreSigns& signs) {
  CANDOR_ASSIGN(parts, engine.query("SELECT table, count() FROM system.detached_parts WHERE "
                                    "database = 'candor' AND startsWith(reason, 'broken') GROUP BY "
                                    "table"));
  signs.broken_parts.clear();
  for (std::size_t row = 0; row < parts.size(); ++row)
    signs.broken_parts[parts.text(row, 0)] = parts.count(row, 1);
  // CHECKSUM_DOESNT_MATCH, NO_FILE_IN_DATA_PART, CORRUPTED_DATA, CANNOT_DECOMPRESS: of questions
  // and of merges. The engine keeps these counts in memory.
  CANDOR_ASSIGN(errors, engine.query("SELECT sum(value) FROM system.errors WHERE code IN (40, 226, "
                                     "246, 271)"));
  signs.damaged_reads = errors.count(0, 0);
  return Ok{};
}

}  // namespace candor
