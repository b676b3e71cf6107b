// The collector's configuration file.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "config/ops_config.h"

namespace candor {

struct ServerProduct {
  std::string name;
  Path contract;  // empty: the one of that name among the contracts
  std::vector<std::string> write_keys;
  bool require_key = false;
};

// Requests a second; 0: as many as come.
struct RateLimit {
  std::uint32_t per_key = 0;
  std::uint32_t per_network = 0;
};

// The keys of config/server_keys.cc. Paths are absolute: relative ones were read from the folder of
// the file.
struct ServerConfig {
  Path file;
  std::string listen;
  Path data;
  std::uint64_t journal_max_bytes = 0;
  std::string engine;  // "embedded" or a URL
  Path web_config_file;
  std::vector<std::string> trusted_proxies;
  bool insecure = false;
  RateLimit rate_limit;
  std::chrono::seconds insights_every{};
  Path contracts;
  OpsConfig ops;
  MonitorConfig monitor;
  std::vector<ServerProduct> products;
};

// kConfiguration with file, line, column and the nearest known key.
Result<ServerConfig> parse_server_config(std::string_view text, const Path& file);
Result<ServerConfig> load_server_config(const Path& file);

}  // namespace candor
