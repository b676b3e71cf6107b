// What the embedded ClickHouse is told at its start, and what each session begins with. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/files.h"
#include "server/engine/engine_request.h"

namespace candor {

// The text of the configuration file: memory, threads, and how tables store (MergeTree settings,
// which ClickHouse takes from a file only). The file is written anew at each start.
std::string engine_config_xml();

// The value of JE_MALLOC_CONF while the library is loaded: what its allocator (jemalloc, with a
// prefix of its own) goes by.
const char* allocator_settings();

// The settings each session begins with; a request may set others for itself.
const EngineSettings& session_settings();

// The arguments of a connection to the storage in `folder` under `config_file`.
std::vector<std::string> connection_arguments(const Path& folder, const Path& config_file);

}  // namespace candor
