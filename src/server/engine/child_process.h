// Starting a child that dies with this process, and reading how it ended.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace candor {

// Runs argv[0] (a path) with the caller's environment: standard input from /dev/null, standard
// output to this process's standard error, every other file descriptor closed, no signal blocked or
// ignored. The child is killed when the calling thread ends, so that thread must live as long as
// the child is wanted. kUnavailable when it cannot be started.
Result<pid_t> start_child(const std::vector<std::string>& argv);

// "ended with status 69", "was killed by signal 9 (Killed)"
std::string describe_wait_status(int status);

}  // namespace candor
