#include "agent/verify.h"

#include <fmt/format.h>

#include "agent/seal/limits.h"
#include "base/counted.h"
#include "base/digest.h"
#include "cli/commands.h"
#include "cli/state.h"
#include "config/limits.h"

namespace candor {
namespace {

// A key as it stands on the command line, or else in the file of that name.
Result<std::string> key_text(const std::string& argument) {
  const auto raw = from_base64(argument);
  if (raw && raw->size() == 32) return argument;
  auto text = read_file(argument, kMaxSecretBytes);
  if (text.ok()) return text;
  return Error{ErrorKind::kGeneral,
               fmt::format("--key takes the collector's receipt key (44 characters of base64) or a "
                           "file that holds it; \"{}\" is neither.",
                           argument)};
}

Result<Proof> verify_files(const Arguments& arguments) {
  for (const auto* name : {"report", "receipt", "key"}) {
    if (arguments.has(name)) continue;
    return Error{ErrorKind::kUsage,
                 fmt::format("--report, --receipt and --key go together; --{} is missing.", name)};
  }
  CANDOR_ASSIGN(report, read_file(arguments.value("report"), kMaxReportBytes));
  CANDOR_ASSIGN(receipt, read_file(arguments.value("receipt"), kMaxStateFileBytes));
  CANDOR_ASSIGN(key, key_text(arguments.value("key")));
  return verify_report(report, receipt, key);
}

Result<Proof> verify(const Context& context) {
  const auto& arguments = context.arguments;
  const bool files = arguments.has("report") || arguments.has("receipt") || arguments.has("key");
  if (files && !arguments.has("ID")) return verify_files(arguments);
  if (files || !arguments.has("ID")) {
    return Error{ErrorKind::kUsage,
                 "`candor verify` takes a report's ID, or --report, --receipt and --key."};
  }
  CANDOR_ASSIGN(state, state_folder(context));
  CANDOR_ASSIGN(kept, find_kept(state, arguments.value("ID")));
  return verify_kept(kept.state, kept.id);
}

std::string text_of(const Proof& proof) {
  auto text = fmt::format(
      "ok  the report is {} with SHA-256 {}\n"
      "ok  the receipt is for exactly these bytes\n",
      counted(proof.bytes, "byte"), proof.sha256);
  if (!proof.id.empty()) text += "ok  the audit log has the same size and hash\n";
  text += fmt::format(
      "ok  the receipt is for the contract the report names: {}\n"
      "ok  signed by the collector's key {} for {}\n",
      proof.receipt.contract, proof.receipt.key, proof.receipt.received_at);
  return text + fmt::format(
                    "Proven: whoever holds that key signed that it received exactly this report at "
                    "{}, by its own clock.\n",
                    proof.receipt.received_at);
}

Result<int> run(Context& context) {
  auto proof = verify(context);
  if (!proof.ok() && proof.error().kind != ErrorKind::kUsage &&
      proof.error().kind != ErrorKind::kConfiguration) {
    // Whatever it is, the report is not proven.
    Error error{ErrorKind::kGeneral, "Not verified. " + proof.error().message};
    if (!context.globals.json) return error;
    context.answer({{"verified", false},
                    {"error", {{"reason", reason_of(error.kind)}, {"message", error.message}}}},
                   "");
    context.out.fail(error.message);
    return kExitFailed;
  }
  if (!proof.ok()) return proof.error();
  context.answer({{"verified", true},
                  {"id", proof->id.empty() ? Json(nullptr) : Json(proof->id)},
                  {"product", proof->product},
                  {"bytes", proof->bytes},
                  {"sha256", proof->sha256},
                  {"receipt", to_json(proof->receipt)},
                  {"audit_log", proof->id.empty() ? Json(nullptr) : Json(true)}},
                 context.globals.json ? "" : text_of(*proof));
  return kExitOk;
}

}  // namespace

Command verify_command() {
  return {
      .name = "verify",
      .summary = "check the collector's receipt for a report",
      .about =
          "Checks, without any network, that the bytes kept here are those in the audit log and in "
          "the receipt, that the receipt is for the contract the report names, and that it is "
          "signed "
          "with the pinned key. With --report, --receipt and --key anybody can do the same, "
          "without "
          "a state folder: `candor log show ID` and `candor log show ID --receipt` print the "
          "files. What is proven is that the holder of the key signed for these bytes; that the "
          "key "
          "is the vendor's, ask the vendor.",
      .operands = {{"ID", "the report, or the beginning of its id", false}},
      .options = {{"report", "FILE", "The report's bytes."},
                  {"receipt", "FILE", "Its receipt."},
                  {"key", "KEY",
                   "The collector's receipt key in base64, or a file that holds it."}},
      .examples = {{"candor verify 20261121T0700", ""},
                   {"candor verify --report report.json --receipt receipt.json --key collector-key",
                    "as a third party"}},
      .exit_codes = {{kExitFailed, "not verified: standard error says what is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
