#include "base/supervisor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/child_process.h"
#include "base/limits.h"
#include "base/log.h"

namespace candor {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kForever{-1};

}  // namespace

std::string_view to_string(SupervisedPhase phase) {
  switch (phase) {
    case SupervisedPhase::kStarting:
      return "starting";
    case SupervisedPhase::kReady:
      return "ready";
    case SupervisedPhase::kDown:
      return "down";
    case SupervisedPhase::kStopped:
      return "stopped";
  }
  return "unknown";
}

milliseconds restart_delay(unsigned failures) {
  const unsigned doublings = std::min(failures > 0 ? failures - 1 : 0u, 16u);
  return std::min(kFirstRestartDelay * (1u << doublings), kLastRestartDelay);
}

Result<std::unique_ptr<Supervisor>> Supervisor::start(SupervisedProgram program) {
  FileDescriptor wake(eventfd(0, EFD_CLOEXEC));
  if (!wake.is_open()) return system_error("make an eventfd for", program.name);
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(program), std::move(wake)));
}

Supervisor::Supervisor(SupervisedProgram program, FileDescriptor wake)
    : program_(std::move(program)), wake_(std::move(wake)) {
  {
    const MutexLock lock(mutex_);
    state_.since = system_clock().now();
  }
  thread_ = std::thread([this] { run(); });
}

Supervisor::~Supervisor() { stop(); }

SupervisedState Supervisor::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

Status Supervisor::wait_ready(milliseconds limit) const {
  const auto deadline = SteadyClock::now() + limit;
  const MutexLock lock(mutex_);
  while (state_.phase != SupervisedPhase::kReady) {
    const auto left = deadline - SteadyClock::now();
    if (left <= left.zero() || state_.phase == SupervisedPhase::kStopped) {
      return Error{
          ErrorKind::kUnavailable,
          fmt::format("{} does not answer; it is {}{}{}. Its own lines on standard error say more",
                      program_.name, to_string(state_.phase),
                      state_.why.empty() ? "" : ", and the last one ", state_.why)};
    }
    changed_.wait_for(mutex_, left);
  }
  return Ok{};
}

void Supervisor::send(int signal) const {
  // The process is not reaped before its id has left the state, so the id is still its own.
  const MutexLock lock(mutex_);
  if (state_.pid > 0) kill(state_.pid, signal);
}

void Supervisor::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

bool Supervisor::stopping() const {
  const MutexLock lock(mutex_);
  return stopping_;
}

void Supervisor::enter(SupervisedPhase phase, pid_t pid) {
  {
    const MutexLock lock(mutex_);
    state_.phase = phase;
    state_.pid = pid;
    state_.since = system_clock().now();
    if (phase == SupervisedPhase::kReady) state_.status.reset();
  }
  changed_.notify_all();
}

void Supervisor::run() {
  unsigned failures = 0;
  while (!stopping()) {
    const auto started = SteadyClock::now();
    auto ended = live();
    if (stopping()) break;
    if (SteadyClock::now() - started >= kSteadyAfter) failures = 0;
    const milliseconds delay = restart_delay(++failures);
    {
      const MutexLock lock(mutex_);
      state_.why = ended.why;
      state_.status = ended.status;
    }
    enter(SupervisedPhase::kDown, 0);
    log_warning("{} {}; it is started again in {} ms", program_.name, ended.why, delay.count());
    if (wait(-1, delay).stop) break;
    const MutexLock lock(mutex_);
    ++state_.restarts;
  }
  enter(SupervisedPhase::kStopped, 0);
}

Supervisor::End Supervisor::reap(pid_t pid) {
  {
    const MutexLock lock(mutex_);
    state_.pid = 0;
  }
  int status = 0;
  const bool reaped = waitpid(pid, &status, 0) == pid;
  // Its last words are in the pipe; a child of its own may have the other end open.
  if (output_.is_open()) read_lines();
  output_.close();
  if (!reaped) return {"ended unseen", std::nullopt};
  return {describe_wait_status(status),
          WIFEXITED(status) ? std::optional(WEXITSTATUS(status)) : std::nullopt};
}

Supervisor::End Supervisor::live() {
  auto argv = program_.prepare();
  if (!argv.ok()) return {argv.error().message, std::nullopt};
  ChildOptions options;
  options.argv = *std::move(argv);
  options.death_signal = program_.death_signal;
  FileDescriptor write_end;
  if (program_.on_line) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
      return {system_error("open a pipe for", program_.name).message, std::nullopt};
    output_ = FileDescriptor(ends[0]);
    write_end = FileDescriptor(ends[1]);
    // The program's own end blocks: what it writes is not lost while we look elsewhere.
    fcntl(ends[1], F_SETFL, 0);
    options.output = options.errors = ends[1];
    line_.clear();
  }
  const auto child = start_child(options);
  if (!child.ok()) return {child.error().message, std::nullopt};
  write_end.close();
  enter(SupervisedPhase::kStarting, *child);
  return watch(*child);
}

Supervisor::End Supervisor::watch(pid_t pid) {
  const FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.is_open()) {
    kill(pid, SIGKILL);
    auto ended = reap(pid);
    ended.why += " because this kernel cannot watch a process (pidfd_open, Linux 5.3)";
    return ended;
  }
  Woken woken;
  while (!woken.child_ended && !woken.stop && !program_.answers())
    woken = wait(pidfd.get(), kPingEvery);
  if (!woken.child_ended && !woken.stop) {
    enter(SupervisedPhase::kReady, pid);
    woken = wait(pidfd.get(), kForever);
  }
  if (woken.child_ended) return reap(pid);
  return end(pid, pidfd.get());
}

Supervisor::End Supervisor::end(pid_t pid, int pidfd) {
  kill(pid, SIGTERM);
  const auto deadline = SteadyClock::now() + kTerminateGrace;
  bool ended = false;
  while (!ended) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
    if (left <= left.zero()) break;
    // Not wait(): stop() leaves its event readable.
    std::array<pollfd, 2> fds{{{pidfd, POLLIN, 0}, {output_.get(), POLLIN, 0}}};
    poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    ended = (fds[0].revents & POLLIN) != 0;
    if (fds[1].revents != 0) read_lines();
  }
  if (!ended) {
    log_warning("{} (process {}) did not end in {} s and is killed", program_.name, pid,
                kTerminateGrace.count());
    kill(pid, SIGKILL);
  }
  return reap(pid);
}

Supervisor::Woken Supervisor::wait(int pidfd, milliseconds limit) {
  const auto deadline = SteadyClock::now() + limit;
  for (;;) {
    // A negative descriptor is skipped by poll.
    std::array<pollfd, 3> fds{
        {{pidfd, POLLIN, 0}, {wake_.get(), POLLIN, 0}, {output_.get(), POLLIN, 0}}};
    const auto left = limit < limit.zero()
                          ? limit
                          : std::max(std::chrono::ceil<milliseconds>(deadline - SteadyClock::now()),
                                     limit.zero());
    const int ready = poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    if (fds[2].revents != 0) read_lines();
    const Woken woken{(fds[0].revents & POLLIN) != 0, (fds[1].revents & POLLIN) != 0};
    if (woken.child_ended || woken.stop || ready == 0) return woken;
  }
}

void Supervisor::read_lines() {
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t count = read(output_.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      // It closed its output; its end is seen by the pidfd.
      output_.close();
      break;
    }
    line_.append(chunk.data(), static_cast<std::size_t>(count));
    for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n')) {
      program_.on_line(std::string_view(line_).substr(0, std::min(end, kMaxProgramLineBytes)));
      line_.erase(0, end + 1);
    }
    // Of a line that never ends only the start is wanted.
    if (line_.size() > kMaxProgramLineBytes) line_.resize(kMaxProgramLineBytes);
  }
  if (!line_.empty()) program_.on_line(line_);
  line_.clear();
}

}  // namespace candor
