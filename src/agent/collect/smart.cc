#include "agent/collect/smart.h"

#include <fmt/format.h>
#include <unistd.h>

#include <climits>

#include "agent/collect/smart_limits.h"
#include "contract/find.h"

namespace candor {
namespace {

constexpr std::string_view kHelper = "candor-smart";
constexpr std::string_view kKey = "collect.smart.command";

Error cannot_ask(std::string_view why) {
  return Error{
      ErrorKind::kUnavailable,
      fmt::format("The drives cannot be asked: {} The helper is set with the key {}.", why, kKey)};
}

Error problem_of(const std::string& problem) {
  if (problem == "no_smartctl") {
    return cannot_ask("there is no smartctl; it comes with the package smartmontools.");
  }
  if (problem == "not_allowed") {
    return cannot_ask(
        "that takes root's rights. Let systemd start the helper with them: systemctl enable --now "
        "candor-smart.socket; or run this command as root.");
  }
  return cannot_ask("smartctl failed. Try it by hand: smartctl --scan-open --json=c");
}

}  // namespace

std::string smart_helper(const std::string& configured, const Path& executable) {
  return configured.empty() ? find_helper(kHelper, executable) : configured;
}

Result<std::vector<Json>> collect_smart(const Settings& settings, const ProcessRunner& run) {
  const auto helper = smart_helper(settings.text("collect.smart.command"), this_executable());
  const auto ran = run(
      {.argv = {helper}, .timeout = kSmartHelperTime, .max_output_bytes = kMaxSmartHelperBytes});
  if (!ran.ok() && ran.error().kind == ErrorKind::kUnavailable)
    return cannot_ask(fmt::format("the helper {} cannot be started.", helper));
  if (!ran.ok()) return ran.error();
  if (ran->exit_status != 0)
    return cannot_ask(fmt::format("the helper {} ended with {}.", helper, ran->exit_status));
  const auto document = parse_json(ran->out);
  if (!document.ok() || integer_member(*document, "format") != 1) {
    return Error{ErrorKind::kBadData,
                 fmt::format("What {} printed is no document of format 1. Is the key {} right?",
                             helper, kKey)};
  }
  if (const auto problem = string_member(*document, "problem"); !problem.empty())
    return problem_of(problem);
  std::vector<Json> drives;
  const auto* list = find_member(*document, "drives");
  if (list != nullptr && list->is_array()) {
    for (const auto& drive : *list) {
      if (drive.is_object()) drives.push_back(drive);
    }
  }
  if (!drives.empty()) return drives;
  return Error{ErrorKind::kNothing,
               "This machine has no drive that smartctl can ask (`smartctl --scan-open` lists "
               "them), so there is no device report."};
}

std::vector<std::string> host_names() {
  char name[HOST_NAME_MAX + 1] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return {};
  return {name};
}

}  // namespace candor
