// Running another program: fixed arguments, no shell, bounded in time and output.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace candor {

struct ProcessOptions {
  std::vector<std::string> argv{};  // argv[0] is looked up in PATH
  std::chrono::milliseconds timeout{10'000};
  std::size_t max_output_bytes = 64u << 20;
  std::vector<std::string> extra_environment{};           // "NAME=value", added to the caller's
  std::optional<std::vector<std::string>> environment{};  // in place of the caller's
  std::function<bool()> keep_going{};  // asked every 200 ms; false stops the program (kTryAgain)
};

struct ProcessOutput {
  int exit_status = 0;  // as a shell says it: 128 + n for signal n
  std::string out;
  std::string err;  // the first 4 KiB of standard error
};

// Runs the program to its end with standard input closed. Its process group is killed when the time
// is up (kTryAgain), or when it prints more than allowed (kBadData); kUnavailable when it cannot be
// started. A program that ran and failed is no error here: look at exit_status. Blocks the calling
// thread; safe from any thread.
Result<ProcessOutput> run_process(const ProcessOptions& options);

// The seam for tests: everything in Candor that starts programs takes one of these.
using ProcessRunner = std::function<Result<ProcessOutput>(const ProcessOptions&)>;

}  // namespace candor
