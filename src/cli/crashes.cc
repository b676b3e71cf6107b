#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/server_file.h"
#include "server/crashes/fixed_crashes.h"
#include "server/setup.h"

namespace candor {
namespace {

Result<int> run_fixed(Context& context) {
  CANDOR_ASSIGN(config, load_server_file(context));
  const auto folder = DataFolder(config.data).fixed_crashes();
  const auto signature = context.arguments.value("SIGNATURE");
  const auto version = context.arguments.value("in");
  const bool is_not = context.arguments.has("not");
  if (context.arguments.has("in") == is_not) {
    return Error{ErrorKind::kUsage,
                 "Name the version with --in VERSION, or take the mark back with --not."};
  }
  if (!is_not) {
    CANDOR_TRY(mark_fixed(folder, signature, version));
    context.out.say(fmt::format("Marked: fixed in {}.", version));
  } else {
    CANDOR_ASSIGN(was_marked, unmark_fixed(folder, signature));
    context.out.say(was_marked ? "It is no longer marked as fixed." : "It was not marked.");
  }
  if (context.globals.json) {
    Json answer = {{"signature", signature}, {"fixed_in", nullptr}};
    if (!is_not) answer["fixed_in"] = version;
    context.answer(answer, "");
  }
  return kExitOk;
}

}  // namespace

Command crashes_command() {
  Command fixed{
      .name = "fixed",
      .summary = "mark a group of crashes as fixed in a version",
      .about = "The pages say so, and the product's users can be told.",
      .operands = {{"SIGNATURE", "of the group, all 64 digits, as its page shows it"}},
      .options = {{"in", "VERSION", "The first version without this crash."},
                  {"not", "", "It is not fixed after all."}},
      .examples = {{"candor crashes fixed "
                    "e5a35c15da5152377ac66fd68f6b1cf28abfdee8f6b3f7348cd2119d3e79672b --in 1.4.0",
                    ""}},
      .exit_codes = {{kExitConfiguration, "the collector's configuration is wrong"}},
      .children = {},
      .run = run_fixed};
  return {.name = "crashes",
          .summary = "say which crashes are fixed",
          .about =
              "On the collector's machine, into its data folder; a collector that runs shows "
              "it at once.",
          .operands = {},
          .options = {},
          .examples = fixed.examples,
          .exit_codes = {},
          .children = {fixed},
          .run = {}};
}

}  // namespace candor
