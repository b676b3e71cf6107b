// The process `candor engine`: ClickHouse in a library behind ClickHouse's HTTP interface on a Unix
// socket.
//
// Served: GET /ping; GET and POST / with the parameters of engine_request.h. Whoever can open the
// socket (made 0600) can read and change everything in the folder: there are no users here.
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"

namespace candor {

struct EngineOptions {
  Path data;            // the folder of the tables; made when it is not there
  Path socket;          // at most kMaxSocketPathBytes; what is there is replaced
  std::string library;  // path of libchdb.so; empty: find_chdb_library looks
};

// Locks the folder, opens the storage, serves until SIGTERM or SIGINT, lets statements under way
// finish (kEngineStopGrace), and leaves the process with status 0: it does not return then, since
// the library's threads cannot all be joined. A crash leaves a record in `crashes` beside the data
// folder. Call it from main's thread, before any other thread is made. kTryAgain when another
// engine holds the folder and keeps it for kEngineLockWait, kUnavailable without the library,
// kConfiguration when the socket's path is too long,
// kBadData when the storage cannot be opened.
Status run_engine(const EngineOptions& options);

// The exit status of that process when the storage cannot be opened (run_engine's kBadData).
inline constexpr int kStorageCannotBeOpened = 65;

// Whether a socket can have this path; kConfiguration says how long it may be.
Status check_socket_path(const Path& socket);

}  // namespace candor
