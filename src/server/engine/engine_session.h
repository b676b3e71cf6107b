// A session that answers one request at a time as if it had been opened for it: what a request sets
// (database, settings) is gone before the next.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/engine/chdb_library.h"
#include "server/engine/engine_request.h"

namespace candor {

// Makes a new connection to the storage.
using ChdbConnect = std::function<Result<std::unique_ptr<ChdbConnection>>()>;

// Not thread-safe.
class EngineSession {
 public:
  // `base` are the settings that connections begin with.
  static Result<EngineSession> open(ChdbConnect connect, EngineSettings base);

  // Blocks until the statement is done.
  HttpResponse answer(const EngineRequest& request);

 private:
  EngineSession(ChdbConnect connect, EngineSettings base,
                std::unique_ptr<ChdbConnection> connection)
      : connect_(std::move(connect)), base_(std::move(base)), connection_(std::move(connection)) {}

  Result<std::string> run(const EngineRequest& request);
  Status use(const std::string& database);
  Status set(const EngineSettings& settings);
  void restore(const EngineSettings& settings);
  void reopen();

  ChdbConnect connect_;
  EngineSettings base_;
  std::unique_ptr<ChdbConnection> connection_;
  std::string database_ = "default";
  bool spoiled_ = false;  // the connection is not as a new one would be
};

}  // namespace candor
