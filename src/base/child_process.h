// Starting a child that dies with this process, and reading how it ended.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/result.h"

namespace candor {

struct ChildOptions {
  std::vector<std::string> argv{};  // argv[0] is a path
  int output = 2;                   // where its standard output goes
  int errors = 2;                   // and its standard error
  // What it gets when the thread that started it ends.
  int death_signal = SIGKILL;
};

// Runs the program with the caller's environment: standard input from /dev/null, every file
// descriptor but those of `options` closed, no signal blocked or ignored. The thread that calls
// this must live as long as the child is wanted. kUnavailable when it cannot be started.
Result<pid_t> start_child(const ChildOptions& options);

// "ended with status 69", "was killed by signal 9 (Killed)"
std::string describe_wait_status(int status);

}  // namespace candor
