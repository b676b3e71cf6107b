#include "server/engine/supervisor.h"

#include "server/engine/engine.h"
#include "wire/http_client.h"

namespace candor {
namespace {

using std::chrono::milliseconds;

bool answers_ping(HttpClient& client, const Path& socket) {
  ClientRequest request;
  request.url = "http://engine/ping";
  request.unix_socket = socket;
  request.connect_timeout = milliseconds(1'000);
  request.timeout = milliseconds(2'000);
  const auto response = client.send(request);
  return response.ok() && response->status == 200;
}

}  // namespace

Result<std::unique_ptr<EngineSupervisor>> EngineSupervisor::start(SupervisorOptions options) {
  CANDOR_TRY(check_socket_path(options.socket));
  SupervisedProgram program;
  program.name = "the engine";
  program.prepare = [options]() -> Result<std::vector<std::string>> {
    // An engine of an earlier collector may still answer there while it goes down.
    CANDOR_TRY(remove_file(options.socket));
    return std::vector<std::string>{options.program.string(), "engine",   "--data",
                                    options.data.string(),    "--socket", options.socket.string()};
  };
  program.answers = [client = std::shared_ptr(make_http_client()), socket = options.socket] {
    return answers_ping(*client, socket);
  };
  // Not SIGTERM: an engine that hangs would keep the lock of its folder from the next collector's.
  program.death_signal = SIGKILL;
  CANDOR_ASSIGN(supervisor, Supervisor::start(std::move(program)));
  return std::unique_ptr<EngineSupervisor>(new EngineSupervisor(std::move(supervisor)));
}

EngineState EngineSupervisor::state() const {
  EngineState state{supervisor_->state(), false};
  state.cannot_open = state.status == kStorageCannotBeOpened;
  return state;
}

}  // namespace candor
