// The command line of a Stone or Ceph cluster: one question, one checked JSON answer.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/process.h"
#include "base/result.h"

namespace candor {

struct CephOptions {
  std::string command = "ceph";     // collect.ceph.command: `ceph` or `stone`, looked up in PATH
  std::string rbd_command = "rbd";  // counts the images of pools that are used by RBD
  std::string conf = "";            // collect.ceph.conf; empty: the command's own default
  std::chrono::milliseconds timeout{60'000};  // collect.ceph.timeout: for all calls together
};

// Asks one cluster. All calls of one object share the deadline that begins with its construction,
// and each is bounded by kMaxCephCallTime besides. Errors are kUnavailable; they name the command
// and the next step and repeat nothing of what the command printed, which may hold host names.
// Not thread-safe. `options` and `run` must outlive the object.
class CephCli {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  CephCli(const CephOptions& options, const ProcessRunner& run,
          std::function<SteadyTime()> now = std::chrono::steady_clock::now);

  // The answer of `ceph WORDS… --format json`. Errors call the question `what`, for when the words
  // hold a name that must not reach a log; empty: the words themselves.
  Result<Json> ask(const std::vector<std::string>& words, std::string_view what = {});

  // As ask, of a thing that may not exist: nothing when the command says so (exit status
  // `absent_status`).
  Result<std::optional<Json>> ask_if_there(const std::vector<std::string>& words, int absent_status,
                                           std::string_view what = {});

  // As ask, of the `rbd` program; nothing when there is no such program or when it does not answer
  // within kMaxRbdCallTime: unlike the others it reads from the pool itself, and waits for ever
  // for one that is not served.
  Result<std::optional<Json>> ask_rbd(const std::vector<std::string>& words, std::string_view what);

  // What the command prints when it prints no JSON, without a final newline; nothing when the thing
  // is not there.
  Result<std::optional<std::string>> text_if_there(const std::vector<std::string>& words,
                                                   int absent_status);

  // The error for an answer that is JSON but lacks what it should have.
  Error wrong_shape(std::string_view what, std::string_view lacks) const;

 private:
  struct Question;
  Result<ProcessOptions> within_deadline(const Question& question,
                                         std::chrono::milliseconds limit) const;
  Error explained(const Error& error, const Question& question,
                  std::chrono::milliseconds given) const;
  Result<ProcessOutput> call(const Question& question);
  Result<Json> json_of(const Question& question, const ProcessOutput& output) const;
  std::string health_command() const;
  Question question(const std::string& program, const std::vector<std::string>& words,
                    std::string_view what) const;

  const CephOptions& options_;
  const ProcessRunner& run_;
  std::function<SteadyTime()> now_;
  SteadyTime deadline_;
};

// Exit statuses of the command line: errno of the refusal.
inline constexpr int kCephNotFound = 2;         // ENOENT
inline constexpr int kCephUnknownCommand = 22;  // EINVAL

}  // namespace candor
