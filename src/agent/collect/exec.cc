#include "agent/collect/exec.h"

#include <fmt/format.h>

#include "agent/collect/failed_program.h"

namespace candor {
namespace {

// All that the program gets: its own needs stand in its own configuration.
const std::vector<std::string> kEnvironment = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"};

}  // namespace

Result<Json> collect_exec(const DeclaredCollector& collector, const ProcessRunner& run) {
  const auto& program = collector.command.front();
  if (!program.starts_with('/')) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{} is no absolute path of a program", program)};
  }
  auto ran = run({.argv = collector.command,
                  .timeout = collector.timeout,
                  .max_output_bytes = collector.max_output,
                  .environment = kEnvironment});
  if (!ran.ok()) return std::move(ran).error();
  if (ran->exit_status != 0) return failed_program(program, *ran);
  auto document = parse_json(ran->out);
  if (!document.ok() || !document->is_object()) {
    return Error{ErrorKind::kBadData, fmt::format("what {} printed is no JSON object", program)};
  }
  if (collector.under.empty()) return std::move(*document);
  return Json{{collector.under, std::move(*document)}};
}

}  // namespace candor
