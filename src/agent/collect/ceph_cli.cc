#include "agent/collect/ceph_cli.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "agent/collect/ceph_limits.h"

namespace candor {
namespace {

constexpr int kPermissionDenied = 13;  // EACCES
constexpr int kCannotConnect = 1;      // what Python's command line exits with then

std::string_view meaning(int exit_status) {
  switch (exit_status) {
    case kCannotConnect:
      return " (usually: no connection to the cluster)";
    case kCephNotFound:
      return " (not found)";
    case kPermissionDenied:
      return " (permission denied)";
    case kCephUnknownCommand:
      return " (command refused or unknown)";
    default:
      return "";
  }
}

Error unavailable(std::string message) {
  return Error{ErrorKind::kUnavailable, std::move(message)};
}

// "15", "0.5"
std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{}", static_cast<double>((time.count() + 99) / 100) / 10);
}

}  // namespace

struct CephCli::Question {
  std::vector<std::string> argv;
  std::string shown;  // how messages name it
};

CephCli::CephCli(const CephOptions& options, const ProcessRunner& run,
                 std::function<SteadyTime()> now)
    : options_(options), run_(run), now_(std::move(now)), deadline_(now_() + options.timeout) {}

CephCli::Question CephCli::question(const std::string& program,
                                    const std::vector<std::string>& words,
                                    std::string_view what) const {
  Question result{{program}, fmt::format("{} ", program)};
  if (!options_.conf.empty()) {
    result.argv.insert(result.argv.end(), {"-c", options_.conf});
    result.shown += fmt::format("-c {} ", options_.conf);
  }
  result.argv.insert(result.argv.end(), words.begin(), words.end());
  result.shown += what.empty() ? fmt::format("{}", fmt::join(words, " ")) : std::string(what);
  return result;
}

std::string CephCli::health_command() const { return question(options_.command, {"-s"}, {}).shown; }

Result<ProcessOptions> CephCli::within_deadline(const Question& question,
                                                std::chrono::milliseconds limit) const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - now_());
  if (left.count() <= 0) {
    return unavailable(fmt::format(
        "The cluster did not answer every question within {} s; the time was over before `{}`. "
        "Nothing was collected. Look at its health (`{}`), or raise collect.ceph.timeout.",
        seconds(options_.timeout), question.shown, health_command()));
  }
  ProcessOptions process;
  process.argv = question.argv;
  process.timeout = std::min(left, limit);
  process.max_output_bytes = kMaxCephAnswerBytes;
  return process;
}

Error CephCli::explained(const Error& error, const Question& question,
                         std::chrono::milliseconds given) const {
  switch (error.kind) {
    case ErrorKind::kTryAgain:
      return unavailable(fmt::format(
          "`{}` did not answer within {} s and was stopped; nothing was collected. See whether the "
          "cluster is up (`{}`) and whether collect.ceph.conf names its configuration.",
          question.shown, seconds(given), health_command()));
    case ErrorKind::kUnavailable:
      return unavailable(fmt::format(
          "Cannot start `{}`; nothing was collected. Install Ceph's or Stone's command line "
          "(Debian: ceph-common), or set collect.ceph.command to where it is.",
          question.argv.front()));
    case ErrorKind::kBadData:
      return unavailable(fmt::format(
          "`{}` printed more than {} bytes and was stopped; nothing was collected. Run it yourself "
          "to see what it prints.",
          question.shown, kMaxCephAnswerBytes));
    default:
      return unavailable(fmt::format("`{}` could not be run: {}", question.shown, error.message));
  }
}

Result<ProcessOutput> CephCli::call(const Question& question) {
  CANDOR_ASSIGN(process, within_deadline(question, kMaxCephCallTime));
  auto output = run_(process);
  if (!output.ok()) return explained(output.error(), question, process.timeout);
  return output;
}

Result<Json> CephCli::json_of(const Question& question, const ProcessOutput& output) const {
  if (output.exit_status != 0) {
    return unavailable(fmt::format(
        "`{}` failed with exit status {}{}; nothing was collected. Run it yourself, as the user "
        "that runs the agent, to see why.",
        question.shown, output.exit_status, meaning(output.exit_status)));
  }
  auto json = parse_json(output.out);
  if (!json.ok()) {
    return unavailable(fmt::format(
        "`{}` did not print JSON; nothing was collected. Is {} the command line of Ceph or Stone? "
        "Run it yourself to see what it prints.",
        question.shown, question.argv.front()));
  }
  return json;
}

Result<std::optional<Json>> CephCli::ask_if_there(const std::vector<std::string>& words,
                                                  int absent_status, std::string_view what) {
  auto asked = question(options_.command, words, what);
  asked.argv.insert(asked.argv.end(), {"--format", "json"});
  CANDOR_ASSIGN(output, call(asked));
  if (output.exit_status == absent_status) return std::optional<Json>();
  CANDOR_ASSIGN(json, json_of(asked, output));
  return std::optional<Json>(std::move(json));
}

Result<Json> CephCli::ask(const std::vector<std::string>& words, std::string_view what) {
  auto asked = question(options_.command, words, what);
  asked.argv.insert(asked.argv.end(), {"--format", "json"});
  CANDOR_ASSIGN(output, call(asked));
  return json_of(asked, output);
}

Result<std::optional<Json>> CephCli::ask_rbd(const std::vector<std::string>& words,
                                             std::string_view what) {
  auto asked = question(options_.rbd_command, words, what);
  asked.argv.insert(asked.argv.end(), {"--format", "json"});
  CANDOR_ASSIGN(process, within_deadline(asked, kMaxRbdCallTime));
  auto output = run_(process);
  if (!output.ok()) {
    const auto kind = output.error().kind;
    const bool no_answer = kind == ErrorKind::kTryAgain || kind == ErrorKind::kUnavailable;
    if (no_answer) return std::optional<Json>();
    return explained(output.error(), asked, process.timeout);
  }
  CANDOR_ASSIGN(json, json_of(asked, *output));
  return std::optional<Json>(std::move(json));
}

Result<std::optional<std::string>> CephCli::text_if_there(const std::vector<std::string>& words,
                                                          int absent_status) {
  const auto asked = question(options_.command, words, {});
  CANDOR_ASSIGN(output, call(asked));
  if (output.exit_status == absent_status) return std::optional<std::string>();
  if (output.exit_status != 0) {
    return unavailable(fmt::format(
        "`{}` failed with exit status {}{}. Run it yourself, as the user that runs the agent, to "
        "see why.",
        asked.shown, output.exit_status, meaning(output.exit_status)));
  }
  while (!output.out.empty() && output.out.back() == '\n') output.out.pop_back();
  return std::optional<std::string>(std::move(output.out));
}

Error CephCli::wrong_shape(std::string_view what, std::string_view lacks) const {
  return unavailable(
      fmt::format("The answer to `{}` is JSON without {}; nothing was collected. Is {} the command "
                  "line of Ceph "
                  "14 or newer, or of Stone?",
                  what, lacks, options_.command));
}

}  // namespace candor
