#include "server/engine/engine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>

#include "base/build_version.h"
#include "base/crash_recorder.h"
#include "base/log.h"
#include "server/engine/chdb_library.h"
#include "server/engine/engine_config.h"
#include "server/engine/engine_pool.h"
#include "server/engine/limits.h"
#include "server/engine/no_network.h"
#include "server/engine/token_log.h"
#include "wire/http_server.h"

namespace candor {
namespace {

using SteadyClock = std::chrono::steady_clock;

// SIGTERM and SIGINT are waited for, not handled; threads made from here on inherit the mask.
sigset_t block_ending_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return ending;
}

Result<FileLock> lock_folder(const Path& folder, const sigset_t& ending) {
  const Path file = folder / "engine.lock";
  const auto deadline = SteadyClock::now() + kEngineLockWait;
  while (true) {
    auto lock = FileLock::try_lock(file);
    if (lock.ok() || lock.error().kind != ErrorKind::kTryAgain) return lock;
    if (SteadyClock::now() >= deadline) break;
    const timespec pause{0, 50'000'000};
    if (sigtimedwait(&ending, nullptr, &pause) > 0) break;
  }
  return Error{
      ErrorKind::kTryAgain,
      fmt::format("another engine works on {} and holds {}; stop it first, or give this one "
                  "a folder of its own",
                  folder.string(), file.string())};
}

Result<std::vector<EngineSession>> open_sessions(ChdbLibrary& library, const Path& folder) {
  const Path config_file = folder / "engine.xml";
  CANDOR_TRY(write_file(config_file, engine_config_xml()));
  const auto arguments = connection_arguments(folder, config_file);
  std::vector<EngineSession> sessions;
  for (int i = 0; i < kEngineSessions; ++i) {
    auto session = EngineSession::open([&library, arguments] { return library.connect(arguments); },
                                       session_settings());
    if (!session.ok()) {
      return Error{ErrorKind::kBadData,
                   fmt::format("the store in {} cannot be opened; the engine's own line above says "
                               "why. Nothing in it was changed",
                               folder.string())};
    }
    sessions.push_back(*std::move(session));
  }
  return sessions;
}

HttpResponse plain(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=UTF-8";
  response.body = std::move(body);
  return response;
}

HttpHandler make_handler(EnginePool& pool) {
  return [&pool](HttpRequest request, Respond respond) {
    if (request.path == "/ping") return respond(plain(200, "Ok.\n"));
    if (request.path != "/") return respond(plain(404, "There is / and /ping.\n"));
    if (request.method != "GET" && request.method != "POST")
      return respond(plain(501, "Only GET and POST are served.\n"));
    auto parsed = read_engine_request(std::move(request));
    if (!parsed.ok()) return respond(clickhouse_failure(parsed.error()));
    pool.submit(*std::move(parsed), std::move(respond));
  };
}

// A statement that outlives the grace is cut off, like a power failure would: what was answered is
// on disk.
void leave_after_grace() {
  std::thread([] {
    std::this_thread::sleep_for(kEngineStopGrace);
    _exit(0);
  }).detach();
}

}  // namespace

Status check_socket_path(const Path& socket) {
  if (socket.string().size() <= kMaxSocketPathBytes) return Ok{};
  return Error{
      ErrorKind::kConfiguration,
      fmt::format("the engine's socket {} has a path of {} bytes, and the system allows {}; "
                  "choose a shorter data folder",
                  socket.string(), socket.string().size(), kMaxSocketPathBytes)};
}

Status run_engine(const EngineOptions& options) {
  const auto start = SteadyClock::now();
  CANDOR_TRY(check_socket_path(options.socket));
  std::error_code failed;
  const Path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  CANDOR_ASSIGN(file, find_chdb_library(options.library, program));
  const sigset_t ending = block_ending_signals();
  // Inserts into a folder with a relative path fail in the library.
  const Path data = std::filesystem::absolute(options.data);
  CANDOR_TRY(make_folder(data));
  CANDOR_ASSIGN(lock, lock_folder(data, ending));
  // Times in answers are UTC whatever the machine's zone is.
  ::setenv("TZ", "UTC", 1);

  // ClickHouse would ask the name server for this machine's name, and url() in a statement for
  // anything.
  if (const auto fenced = forbid_network(); !fenced.ok())
    log_warning("engine: {}", fenced.error().message);
  ::setenv("JE_MALLOC_CONF", allocator_settings(), 0);
  CANDOR_ASSIGN(library, ChdbLibrary::load(file));
  // Not before the library is there, so that its frames have a name. It leaves these signals alone.
  CANDOR_TRY(record_crashes(data.parent_path() / "crashes", "candor engine", build_package()));
  CANDOR_ASSIGN(cut_off, forget_cut_off_inserts(data));
  if (cut_off > 0) {
    log_info("engine: inserts into {} that were cut off when it ended, and can be sent again: {}",
             data.string(), cut_off);
  }
  CANDOR_ASSIGN(sessions, open_sessions(*library, data));
  EnginePool pool(std::move(sessions));
  HttpServerOptions server_options;
  server_options.listen = "unix:" + options.socket.string();
  server_options.body_limit = [](auto, auto) { return kMaxStatementBytes; };
  server_options.body_timeout = kMaxStatementTime;
  server_options.on_bad_request = [](int status, auto, std::string_view why) {
    return plain(status, std::string(why) + "\n");
  };
  CANDOR_ASSIGN(server, HttpServer::start(std::move(server_options), make_handler(pool)));
  log_info(
      "engine: ClickHouse {} serves {} on {} after {} ms", library->version(), data.string(),
      options.socket.string(),
      std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start).count());

  int signal = 0;
  sigwait(&ending, &signal);
  log_info("engine: going down ({})", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  leave_after_grace();
  server->stop(kEngineStopGrace);
  pool.stop();
  _exit(0);
}

}  // namespace candor
