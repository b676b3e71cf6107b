#include <fmt/format.h>

#include <algorithm>

#include "agent/outbox/audit_log.h"
#include "agent/programs/rings.h"
#include "agent/verify.h"
#include "base/digest.h"
#include "cli/commands.h"
#include "cli/state.h"

namespace candor {
namespace {

constexpr std::size_t kShortHash = 12;      // digits of a hash in the table for people
constexpr std::size_t kMaxToldDamage = 20;  // warnings; nobody reads more

Json json_of(const LogEntry& entry) {
  return {{"id", entry.id},
          {"sealed_at", entry.sealed_at ? Json(format_rfc3339(*entry.sealed_at)) : Json(nullptr)},
          {"sent_at", format_rfc3339(entry.sent_at)},
          {"bytes", entry.bytes},
          {"sha256", entry.sha256},
          {"status", entry.status}};
}

std::string line_of(const Output& out, const LogEntry& entry) {
  const auto paint = entry.status == "refused" ? Output::Paint::kBad : Output::Paint::kGood;
  return fmt::format("{:<24}  {:<29}  {:>8}  {}  {}\n", format_rfc3339(entry.sent_at), entry.id,
                     entry.bytes, entry.sha256.substr(0, kShortHash),
                     out.paint(paint, entry.status));
}

struct Row {
  StateFolder folder;
  std::string_view nothing;  // said when nothing was ever sent
};
Row row_of(const Arguments& arguments, const StateFolder& state) {
  if (arguments.has("devices")) return {devices_of(state), "No device report was sent yet."};
  if (arguments.has("events")) return {relay_of(state), "No event was sent yet."};
  if (arguments.has("programs"))
    return {programs_of(state), "Nothing that programs recorded was sent yet."};
  if (arguments.has("metrics")) return {metrics_of(state), "No metrics were pushed yet."};
  return {state, "Nothing was sent yet."};
}

// What was sent, newest first.
Result<int> list(Context& context) {
  CANDOR_ASSIGN(state, state_folder(context));
  const auto row = row_of(context.arguments, state);
  CANDOR_ASSIGN(reading, AuditLog(row.folder).read());
  auto& entries = reading.entries;
  std::ranges::reverse(entries);
  Json reports = Json::array();
  auto text = fmt::format("{:<24}  {:<29}  {:>8}  {:<12}  {}\n", "SENT", "ID", "BYTES", "SHA-256",
                          "ANSWER");
  for (const auto& entry : entries) {
    reports.push_back(json_of(entry));
    text += line_of(context.out, entry);
  }
  context.answer({{"reports", std::move(reports)}}, entries.empty() ? "" : text);
  const auto told = std::min(reading.damage.size(), kMaxToldDamage);
  for (std::size_t i = 0; i < told; ++i) context.out.warn(reading.damage[i]);
  if (reading.damage.size() > told)
    context.out.warn(fmt::format("{} more lines are damaged.", reading.damage.size() - told));
  if (!reading.damage.empty()) return kExitBadData;
  if (entries.empty() && !context.globals.json) context.out.say(row.nothing);
  return kExitOk;
}

// What is printed as sent must be what the log says was sent.
Status check_bytes(const LogEntry& line, const std::string& bytes) {
  const auto digest = sha256_hex(bytes);
  if (digest == line.sha256) return Ok{};
  return Error{ErrorKind::kBadData,
               fmt::format("The bytes kept of report {} are not those that were sent: they have "
                           "SHA-256 {}, the log says {}. They are not printed.",
                           line.id, digest, line.sha256)};
}

Result<int> show(Context& context) {
  CANDOR_ASSIGN(state, state_folder(context));
  CANDOR_ASSIGN(kept, find_kept(state, context.arguments.value("ID")));
  const Outbox outbox(kept.state);
  if (context.arguments.has("receipt")) {
    auto receipt = outbox.read_receipt(kept.id);
    if (!receipt.ok() && receipt.error().kind == ErrorKind::kNotFound) {
      return Error{ErrorKind::kNotFound,
                   fmt::format("There is no receipt for report {}. `candor verify {}` says why.",
                               kept.id, kept.id)};
    }
    if (!receipt.ok()) return receipt.error();
    context.out.print(*receipt);
    return kExitOk;
  }
  CANDOR_ASSIGN(bytes, outbox.read_kept(kept.id));
  CANDOR_ASSIGN(line, outbox.log().find(kept.id));
  if (line) CANDOR_TRY(check_bytes(*line, bytes));
  if (!line && outbox.find(kept.id) != Whereabouts::kPending)
    context.out.warn("The log has no line for this report, so its bytes could not be checked.");
  context.out.print(bytes);
  return kExitOk;
}

}  // namespace

Command log_command() {
  Command shower;
  shower.name = "show";
  shower.summary = "print the bytes of one report again";
  shower.about =
      "The bytes are exactly those that were sent, which is checked by the log's SHA-256. The "
      "newest thousand sent and refused reports "
      "are "
      "kept.";
  shower.operands = {{"ID", "the report, or the beginning of its id"}};
  shower.options = {{"receipt", "", "Print the collector's receipt instead, for somebody else."}};
  shower.examples = {{"candor log show 20261121T0700", "as much of the id as tells it apart"},
                     {"candor log show 20261121T070000.123Z-1a2b3c4d | sha256sum", ""}};
  shower.exit_codes = {{kExitFailed, "there is no such report, or its bytes are not kept"},
                       {kExitBadData, "the bytes kept are not those that were sent"}};
  shower.run = show;
  return {.name = "log",
          .summary = "list what was sent, and print it again",
          .about =
              "The newest comes first; reports that the collector refused are among them. A report "
              "whose "
              "sending was cut off right after the answer may be there twice.",
          .operands = {},
          .options = {{"devices", "", "The reports of the device channel, which go separately."},
                      {"events", "", "The files of events that the relay sent."},
                      {"programs", "", "The files of what programs with libcandor recorded."},
                      {"metrics", "", "The files of metrics that were pushed."}},
          .examples = {{"candor log", ""},
                       {"candor log --json", "with whole hashes"},
                       {"candor log show 20261121T0700", ""}},
          .exit_codes = {{kExitBadData, "the log is damaged; what can be read of it is printed"},
                         {kExitConfiguration, "there is no folder to look in"}},
          .children = {std::move(shower)},
          .run = list};
}

}  // namespace candor
