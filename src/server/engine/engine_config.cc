#include "server/engine/engine_config.h"

#include <fmt/format.h>

#include <utility>

#include "server/engine/limits.h"

namespace candor {
namespace {

using Setting = std::pair<std::string_view, std::uint64_t>;

// Measured in README.md: a collector's tables are few and its questions small, so the caches and
// pools of a big server would only hold memory.
constexpr Setting kServer[] = {
    {"max_server_memory_usage", kEngineMemoryBytes},
    {"mark_cache_size", 16u << 20},
    {"primary_index_cache_size", 8u << 20},
    {"uncompressed_cache_size", 0},
    {"index_mark_cache_size", 4u << 20},
    {"index_uncompressed_cache_size", 0},
    {"mmap_cache_size", 16},
    {"query_condition_cache_size", 1u << 20},
    {"compiled_expression_cache_size", 4u << 20},
    {"background_pool_size", 2},
    {"background_merges_mutations_concurrency_ratio", 1},
    {"background_move_pool_size", 1},
    {"background_fetches_pool_size", 1},
    {"background_common_pool_size", 2},
    {"background_schedule_pool_size", 2},
    {"max_active_parts_loading_thread_pool_size", 4},
    {"max_outdated_parts_loading_thread_pool_size", 2},
    {"max_parts_cleaning_thread_pool_size", 2},
    {"tables_loader_foreground_pool_size", 2},
    {"tables_loader_background_pool_size", 2},
    {"max_thread_pool_free_size", 16},
};

constexpr Setting kTables[] = {
    // An INSERT that was answered is on disk, whole, power failure included.
    {"fsync_after_insert", 1},
    {"fsync_part_directory", 1},
    // A resent block is stored once; ClickHouse's own default is not to look.
    {"non_replicated_deduplication_window", kDeduplicationWindow},
    // A merge needs memory in proportion to its parts, their granules and the rows of a block.
    {"max_parts_to_merge_at_once", 10},
    {"index_granularity_bytes", 1u << 20},
    {"merge_max_block_size", 4096},
    // Dropped and merged parts go after a minute instead of eight.
    {"old_parts_lifetime", 60},
    // … and somebody looks then: by itself, ClickHouse would look every five minutes where little
    // happens. Who asked to be forgotten waits for that.
    {"cleanup_delay_period", 5},
    {"max_cleanup_delay_period", 10},
    {"cleanup_delay_period_random_add", 1},
    // Each merge of wide parts holds buffers per column.
    {"min_bytes_for_wide_part", 64u << 20},
};

}  // namespace

// Memory of a merge that ended goes back after 0.3 s instead of 5: 60 MB less at the most, for some
// 3 % of the store's time (README.md).
const char* allocator_settings() { return "dirty_decay_ms:300"; }

std::string engine_config_xml() {
  std::string out =
      "<!-- Written by `candor engine` at each start; changes here are lost. -->\n<clickhouse>\n"
      "  <timezone>UTC</timezone>\n";
  for (const auto& [name, value] : kServer) out += fmt::format("  <{0}>{1}</{0}>\n", name, value);
  out += "  <merge_tree>\n";
  for (const auto& [name, value] : kTables) out += fmt::format("    <{0}>{1}</{0}>\n", name, value);
  // By default each column of each part is counted for a planner that has nothing to choose here.
  out += "    <auto_statistics_types></auto_statistics_types>\n  </merge_tree>\n</clickhouse>\n";
  return out;
}

const EngineSettings& session_settings() {
  static const EngineSettings settings = {
      {"max_threads", "2"},
      {"max_insert_threads", "1"},
      {"max_memory_usage", std::to_string(kStatementMemoryBytes)},
      {"max_execution_time", std::to_string(kMaxStatementTime.count())},
      // Without it a block that reached the table but not its views would stay out of them.
      {"deduplicate_blocks_in_dependent_materialized_views", "1"},
      // The default of 26.7 gathers inserts of several requests into one block.
      {"async_insert", "0"},
      {"session_timezone", "UTC"},
      {"allow_introspection_functions", "0"},
      {"implicit_select", "0"},
  };
  return settings;
}

std::vector<std::string> connection_arguments(const Path& folder, const Path& config_file) {
  std::vector<std::string> out = {"--path=" + folder.string(),
                                  "--config-file=" + config_file.string()};
  for (const auto& [name, value] : session_settings())
    out.push_back(fmt::format("--{}={}", name, value));
  return out;
}

}  // namespace candor
