#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/files.h"

extern char** environ;

namespace candor {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kMaxErrorBytes = 4096;
constexpr int kAskInterval = 200;  // milliseconds between two questions to keep_going

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

Result<Pipe> make_pipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return system_error("open", "a pipe");
  return Pipe{FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& s : strings) result.push_back(const_cast<char*>(s.c_str()));
  return result;
}

Result<pid_t> spawn(const ProcessOptions& options, const Pipe& out, const Pipe& err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) sigaddset(&defaults, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  auto argv = pointers(options.argv);
  argv.push_back(nullptr);
  auto environment = pointers(options.extra_environment);
  if (options.environment) {
    for (char* entry : pointers(*options.environment)) environment.push_back(entry);
  } else {
    for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  }
  environment.push_back(nullptr);
  pid_t pid = 0;
  const int code =
      ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code != 0) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("cannot start {}: {}", options.argv[0], std::strerror(code))};
  }
  return pid;
}

// Reads what is there; false at the end of the stream.
bool drain(const FileDescriptor& fd, std::string& into) {
  char chunk[65536];
  const auto n = ::read(fd.get(), chunk, sizeof chunk);
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  into.append(chunk, static_cast<std::size_t>(n));
  return n > 0;
}

int milliseconds_until(SteadyTime deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

Error out_of_time(const ProcessOptions& options) {
  return Error{ErrorKind::kTryAgain,
               fmt::format("{} did not end within {} s and was stopped", options.argv[0],
                           static_cast<double>(options.timeout.count()) / 1000)};
}

// Waits until the process has ended (its status is left for waitpid).
Status await_end(pid_t pid, const ProcessOptions& options, SteadyTime deadline) {
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd waiting{process.get(), POLLIN, 0};
  for (;;) {
    const int ready = ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready > 0) return Ok{};
    if (ready == 0) return out_of_time(options);
    if (errno != EINTR) return system_error("wait for", options.argv[0]);
  }
}

// Collects both streams until both have ended; an error when a limit is reached first.
Status collect(Pipe& out, Pipe& err, const ProcessOptions& options, SteadyTime deadline,
               ProcessOutput& output) {
  pollfd waiting[2] = {{out.read_end.get(), POLLIN, 0}, {err.read_end.get(), POLLIN, 0}};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    if (options.keep_going && !options.keep_going()) {
      return Error{ErrorKind::kTryAgain, fmt::format("{} was stopped", options.argv[0])};
    }
    const int left = milliseconds_until(deadline);
    const int ready = ::poll(waiting, 2, options.keep_going ? std::min(left, kAskInterval) : left);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0 && left > kAskInterval && options.keep_going) continue;
    if (ready <= 0) return out_of_time(options);
    if (waiting[0].revents != 0 && !drain(out.read_end, output.out)) waiting[0].fd = -1;
    if (waiting[1].revents != 0 && !drain(err.read_end, output.err)) waiting[1].fd = -1;
    if (output.err.size() > kMaxErrorBytes) output.err.resize(kMaxErrorBytes);
    if (output.out.size() > options.max_output_bytes) {
      return Error{ErrorKind::kBadData, fmt::format("{} printed more than {} bytes and was stopped",
                                                    options.argv[0], options.max_output_bytes)};
    }
  }
  return Ok{};
}

}  // namespace

Result<ProcessOutput> run_process(const ProcessOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.timeout;
  CANDOR_ASSIGN(out, make_pipe());
  CANDOR_ASSIGN(err, make_pipe());
  CANDOR_ASSIGN(pid, spawn(options, out, err));
  out.write_end.close();
  err.write_end.close();
  ProcessOutput output;
  auto collected = collect(out, err, options, deadline, output);
  if (collected.ok()) collected = await_end(pid, options, deadline);
  // The whole group goes, so that no grandchild keeps running or keeps the pipes open.
  if (!collected.ok()) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!collected.ok()) return collected.error();
  output.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return output;
}

}  // namespace candor
