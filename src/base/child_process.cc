#include "base/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace candor {
namespace {

constexpr int kCannotExec = 127;

// Between fork and exec only async-signal-safe calls are allowed: other threads may hold any lock.
[[noreturn]] void become(const char* const* argv, pid_t parent, int null_input,
                         const ChildOptions& options) {
  prctl(PR_SET_PDEATHSIG, options.death_signal);
  // The parent may have died before the line above.
  if (getppid() != parent) _exit(0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  dup2(null_input, STDIN_FILENO);
  dup2(options.output, STDOUT_FILENO);
  dup2(options.errors, STDERR_FILENO);
  // The collector's listening sockets must not stay open in here after it has died.
  syscall(SYS_close_range, 3u, ~0u, 0u);
  execv(argv[0], const_cast<char* const*>(argv));
  _exit(kCannotExec);
}

}  // namespace

Result<pid_t> start_child(const ChildOptions& options) {
  std::vector<const char*> words;
  for (const std::string& word : options.argv) words.push_back(word.c_str());
  words.push_back(nullptr);
  const int null_input = open("/dev/null", O_RDWR | O_CLOEXEC);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) become(words.data(), parent, null_input, options);
  const int reason = errno;
  if (null_input >= 0) close(null_input);
  if (child > 0) return child;
  return Error{ErrorKind::kUnavailable,
               fmt::format("cannot start {}: {}", options.argv.front(), std::strerror(reason))};
}

std::string describe_wait_status(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotExec)
    return "could not be run (status 127)";
  if (WIFEXITED(status)) return fmt::format("ended with status {}", WEXITSTATUS(status));
  if (WIFSIGNALED(status))
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("ended with wait status {}", status);
}

}  // namespace candor
