#include <fmt/format.h>

#include "agent/begin.h"
#include "agent/carry.h"
#include "agent/devices.h"
#include "agent/verify.h"
#include "base/counted.h"
#include "cli/commands.h"
#include "cli/named_file.h"
#include "cli/rehearse.h"

namespace candor {
namespace {

Status check_on(const Agent& agent) {
  CANDOR_ASSIGN(now, agent.decision());
  if (now.mode == Mode::kOn) return Ok{};
  return Error{now.is_forbidden() ? ErrorKind::kForbidden : ErrorKind::kOff,
               fmt::format("Nothing was exported: {}", why_not_on(agent.state(), now))};
}

Result<int> run(Context& context) {
  const auto name = context.arguments.value("FILE");
  CANDOR_TRY(check_new_output(name, context.globals.json));
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_TRY(check_on(agent));
  const bool devices = context.arguments.has("devices");
  const auto pending = devices ? DeviceReports(agent).pending_or_seal() : agent.pending_or_seal();
  if (!pending.ok()) return pending.error();
  CANDOR_ASSIGN(made, export_pending(devices ? devices_of(agent.state()) : agent.state(),
                                     devices ? ExportKind::kDevice : ExportKind::kReport,
                                     agent.contract().product));
  if (is_standard(name)) {
    context.out.print(made.text);
    // That they are there is said only of what arrived; the exit code tells why it did not.
    if (!context.out.flush()) return kExitOk;
  } else {
    CANDOR_TRY(write_file(name, made.text));
  }
  const auto receipts =
      is_standard(name) ? "RECEIPTS" : Path(name).filename().string() + ".receipts";
  context.out.say(
      fmt::format("{} {}. Until you file the collector's receipts, {} pending: candor receipts {}",
                  counted(made.reports, "report is", "reports are"),
                  is_standard(name) ? "on standard output" : "in " + name,
                  made.reports == 1 ? "it stays" : "they stay", receipts));
  if (context.globals.json) context.answer({{"reports", made.reports}, {"file", name}}, "");
  return kExitOk;
}

}  // namespace

Command export_command() {
  return {
      .name = "export",
      .summary = "write the pending reports into a file, to be carried to a collector",
      .about =
          "For sites without a way to the collector. There, `candor import FILE` takes the file "
          "and writes FILE.receipts; back here, `candor receipts` files those. When no report is "
          "pending, one is made first.",
      .operands = {{"FILE", "a file that is not there yet; - is standard output"}},
      .options = {{"devices", "", "The reports of the device channel, which go separately."}},
      .examples = {{"candor export reports.jsonl", ""},
                   {"candor export - | ssh collector candor import - | candor receipts -",
                    "by way of another machine, without a file"}},
      .exit_codes = {{kExitPending, "the contract's licence or product is not the one agreed to"},
                     {kExitOff, "telemetry is off"},
                     {kExitNothing, "there is nothing to export"},
                     {kExitForbidden, "DO_NOT_TRACK, CANDOR_TELEMETRY or a policy forbids it"},
                     {kExitUnavailable, "the cluster or machine could not be asked"},
                     {kExitCannotCreate, "the file is there already, or cannot be written"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run,
      .rehearse = rehearse_export};
}

}  // namespace candor
