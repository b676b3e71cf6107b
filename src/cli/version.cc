#include <fmt/format.h>

#include "base/build_version.h"
#include "cli/commands.h"

namespace candor {
namespace {

Result<int> run(Context& context) {
  context.answer(
      {{"version", build_package()}, {"git", build_git()}, {"branch", build_branch()}},
      fmt::format("candor {} (git {}, branch {})\n", build_package(), build_git(), build_branch()));
  return kExitOk;
}

}  // namespace

Command version_command() {
  return {.name = "version",
          .summary = "print the version and what it was built from",
          .about = "",
          .operands = {},
          .options = {},
          .examples = {{"candor version --json", "the same as a JSON document"}},
          .exit_codes = {},
          .children = {},
          .run = run};
}

}  // namespace candor
