#include <fmt/format.h>

#include "agent/carry.h"
#include "agent/send/sender.h"
#include "cli/commands.h"
#include "cli/named_file.h"
#include "cli/state.h"
#include "config/settings.h"

namespace candor {
namespace {

// The key that the operator was given, which counts before any that was pinned; empty: none.
Result<std::string> given_key(const Context& context) {
  CANDOR_ASSIGN(places, context.existing_paths());
  CANDOR_ASSIGN(settings,
                load_settings({places.config_file, places.drop_ins}, context.environment));
  CANDOR_ASSIGN(key, secret_of(settings, "receipt_key_file"));
  if (!key.empty()) CANDOR_TRY(check_given_key(key));
  return key;
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(state, state_folder(context));
  CANDOR_ASSIGN(key, given_key(context));
  const auto file = context.arguments.value("FILE");
  CANDOR_ASSIGN(in, open_named(file));
  const auto shown = is_standard(file) ? std::string("Standard input") : file;
  auto filed = file_receipts(state, key, *in, system_clock().now(),
                             [&] { return has_one_collector(context); });
  if (!filed.ok()) return std::move(filed).error().in(shown);
  auto& out = context.out;
  for (const auto& line : filed->wrong_lines)
    out.warn(fmt::format("{}, line {}: {}", shown, line.number, line.why));
  if (!filed->pinned.empty()) {
    out.warn(
        fmt::format("This was the first contact with the collector, and its receipt key is now "
                    "pinned: {}. Ask the vendor whether it is theirs.",
                    filed->pinned));
  }
  out.say(fmt::format(
      "{} sent, {} refused, {} had their answer before, {} not of this outbox, {} not believed.",
      filed->filed, filed->refused, filed->before, filed->unknown, filed->wrong));
  if (context.globals.json) {
    context.answer({{"sent", filed->filed},
                    {"refused", filed->refused},
                    {"before", filed->before},
                    {"unknown", filed->unknown},
                    {"wrong", filed->wrong}},
                   "");
  }
  return filed->wrong == 0 ? kExitOk : kExitBadData;
}

}  // namespace

Command receipts_command() {
  return {.name = "receipts",
          .summary = "file the receipts of reports that were carried by hand",
          .about =
              "Takes the file that `candor import` wrote at the collector. A report counts as sent "
              "when its receipt is for its bytes and signed with the pinned key.",
          .operands = {{"FILE", "the file of receipts; - is standard input"}},
          .options = {},
          .examples = {{"candor receipts reports.jsonl.receipts", ""}},
          .exit_codes = {{kExitBadData,
                          "the file holds no receipt, or one that is damaged or not to be "
                          "believed; the others are filed"},
                         {kExitConfiguration, "configuration is wrong"}},
          .children = {},
          .run = run};
}

}  // namespace candor
