#include "server/engine/engine.h"

#include "cli/commands.h"

namespace candor {
namespace {

Result<int> run(Context& context) {
  EngineOptions options;
  options.data = context.arguments.value("data");
  options.socket = context.arguments.value("socket");
  options.library = context.arguments.value("library");
  if (options.data.empty() || options.socket.empty()) {
    return Error{
        ErrorKind::kUsage,
        "candor engine needs --data DIR and --socket PATH. `candor server` starts it by itself."};
  }
  CANDOR_TRY(run_engine(options));
  return kExitOk;
}

}  // namespace

Command engine_command() {
  return {.name = "engine",
          .summary = "run the embedded store (candor server starts it)",
          .about =
              "ClickHouse in a library behind ClickHouse's HTTP interface on a Unix socket that "
              "only its user can open.",
          .operands = {},
          .options = {{"data", "DIR", "the folder of the tables"},
                      {"socket", "PATH", "the socket to serve on"},
                      {"library", "FILE", "libchdb.so; found by itself otherwise"}},
          .examples =
              {{"candor engine --data data/engine --socket data/engine.sock", ""},
               {"curl --unix-socket data/engine.sock http://engine/ -d 'SHOW TABLES FROM candor'",
                "ask it something"}},
          .exit_codes = {{kExitBadData, "the store cannot be opened"},
                         {kExitUnavailable, "libchdb.so is not there"},
                         {kExitTryAgain, "another engine uses the folder"}},
          .children = {},
          .run = run};
}

}  // namespace candor
