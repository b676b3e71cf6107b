#include "agent/collect/exec.h"

#include <fmt/format.h>

namespace candor {

Result<Json> collect_exec(const DeclaredCollector& collector, const ProcessRunner& run) {
  const auto& program = collector.command.front();
  const auto ran = run({.argv = collector.command,
                        .timeout = collector.timeout,
                        .max_output_bytes = collector.max_output});
  if (!ran.ok()) return ran.error();
  if (ran->exit_status != 0) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("{} ended with {}: {}", program, ran->exit_status, ran->err)};
  }
  auto document = parse_json(ran->out);
  if (!document.ok() || !document->is_object()) {
    return Error{ErrorKind::kBadData, fmt::format("What {} printed is no JSON object.", program)};
  }
  if (collector.under.empty()) return std::move(*document);
  return Json{{collector.under, std::move(*document)}};
}

}  // namespace candor
