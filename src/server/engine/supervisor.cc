#include "server/engine/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "base/log.h"
#include "server/engine/child_process.h"
#include "server/engine/engine.h"
#include "server/engine/limits.h"
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

// Which of the two became readable: the end of the child, or the wish to stop.
struct Woken {
  bool child_ended = false;
  bool stop = false;
};

Woken wait_for(int pidfd, int wake, milliseconds limit) {
  pollfd fds[] = {{pidfd, POLLIN, 0}, {wake, POLLIN, 0}};
  // A negative pidfd is skipped by poll.
  poll(fds, 2, static_cast<int>(limit.count()));
  return {(fds[0].revents & POLLIN) != 0, (fds[1].revents & POLLIN) != 0};
}

constexpr milliseconds kForever{-1};

}  // namespace

std::string_view to_string(EnginePhase phase) {
  switch (phase) {
    case EnginePhase::kStarting:
      return "starting";
    case EnginePhase::kReady:
      return "ready";
    case EnginePhase::kDown:
      return "down";
    case EnginePhase::kStopped:
      return "stopped";
  }
  return "unknown";
}

milliseconds restart_delay(unsigned failures) {
  const unsigned doublings = std::min(failures > 0 ? failures - 1 : 0u, 16u);
  return std::min(kFirstRestartDelay * (1u << doublings), kLastRestartDelay);
}

Result<std::unique_ptr<EngineSupervisor>> EngineSupervisor::start(SupervisorOptions options) {
  CANDOR_TRY(check_socket_path(options.socket));
  FileDescriptor wake(eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) return system_error("make an eventfd for", options.socket);
  return std::unique_ptr<EngineSupervisor>(
      new EngineSupervisor(std::move(options), std::move(wake)));
}

EngineSupervisor::EngineSupervisor(SupervisorOptions options, FileDescriptor wake)
    : options_(std::move(options)), wake_(std::move(wake)) {
  {
    const MutexLock lock(mutex_);
    state_.since = system_clock().now();
  }
  thread_ = std::thread([this] { run(); });
}

EngineSupervisor::~EngineSupervisor() { stop(); }

EngineState EngineSupervisor::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

Status EngineSupervisor::wait_ready(milliseconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  const MutexLock lock(mutex_);
  while (state_.phase != EnginePhase::kReady) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero() || state_.phase == EnginePhase::kStopped) {
      return Error{
          ErrorKind::kUnavailable,
          fmt::format(
              "the engine does not answer; it is {}{}{}. Its own lines on standard error say more",
              to_string(state_.phase), state_.why.empty() ? "" : ", and the last one ",
              state_.why)};
    }
    changed_.wait_for(mutex_, left);
  }
  return Ok{};
}

void EngineSupervisor::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

bool EngineSupervisor::stopping() const {
  const MutexLock lock(mutex_);
  return stopping_;
}

void EngineSupervisor::enter(EnginePhase phase, pid_t pid) {
  {
    const MutexLock lock(mutex_);
    state_.phase = phase;
    state_.pid = pid;
    state_.since = system_clock().now();
  }
  changed_.notify_all();
}

void EngineSupervisor::run() {
  unsigned failures = 0;
  while (!stopping()) {
    const auto started = std::chrono::steady_clock::now();
    auto ended = live();
    if (stopping()) break;
    if (std::chrono::steady_clock::now() - started >= kSteadyAfter) failures = 0;
    const milliseconds delay = restart_delay(++failures);
    {
      const MutexLock lock(mutex_);
      state_.why = ended.why;
      state_.cannot_open = ended.cannot_open;
    }
    enter(EnginePhase::kDown, 0);
    log_warning("the engine {}; it is started again in {} ms", ended.why, delay.count());
    if (wait_for(-1, wake_.get(), delay).stop) break;
    const MutexLock lock(mutex_);
    ++state_.restarts;
  }
  enter(EnginePhase::kStopped, 0);
}

EngineSupervisor::End EngineSupervisor::reap(pid_t pid) {
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return {"ended unseen"};
  return {describe_wait_status(status),
          WIFEXITED(status) && WEXITSTATUS(status) == kStorageCannotBeOpened};
}

EngineSupervisor::End EngineSupervisor::live() {
  // An engine of an earlier collector may still answer there while it goes down.
  if (auto status = remove_file(options_.socket); !status.ok()) return {status.error().message};
  const auto child = start_child({options_.program.string(), "engine", "--data",
                                  options_.data.string(), "--socket", options_.socket.string()});
  if (!child.ok()) return {child.error().message};
  enter(EnginePhase::kStarting, *child);
  return watch(*child);
}

EngineSupervisor::End EngineSupervisor::watch(pid_t pid) {
  const FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.is_open()) {
    kill(pid, SIGKILL);
    return {reap(pid).why + " because this kernel cannot watch a process (pidfd_open, Linux 5.3)"};
  }
  const auto client = make_http_client();
  Woken woken;
  while (!woken.child_ended && !woken.stop && !answers_ping(*client, options_.socket))
    woken = wait_for(pidfd.get(), wake_.get(), kPingEvery);
  if (!woken.child_ended && !woken.stop) {
    {
      const MutexLock lock(mutex_);
      state_.cannot_open = false;
    }
    enter(EnginePhase::kReady, pid);
    woken = wait_for(pidfd.get(), wake_.get(), kForever);
  }
  if (woken.child_ended) return reap(pid);
  return end(pid, pidfd.get());
}

EngineSupervisor::End EngineSupervisor::end(pid_t pid, int pidfd) {
  kill(pid, SIGTERM);
  if (!wait_for(pidfd, -1, kTerminateGrace).child_ended) {
    log_warning("the engine (process {}) did not end in {} s and is killed", pid,
                kTerminateGrace.count());
    kill(pid, SIGKILL);
  }
  return reap(pid);
}

}  // namespace candor
