#include "transfer/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "cli/commands.h"
#include "cli/server_file.h"
#include "config/settings.h"
#include "server/setup.h"
#include "wire/url.h"

namespace candor {
namespace {

// Where the collector of this machine listens.
Result<std::string> own_url(const ServerConfig& config) {
  CANDOR_ASSIGN(web, open_web_config(config));
  const auto colon = config.listen.rfind(':');
  auto host = config.listen.substr(0, colon);
  const auto port = config.listen.substr(colon + 1);
  if (port == "0") {
    return Error{ErrorKind::kUsage,
                 "The collector's port is chosen at its start. Name its address with --to URL."};
  }
  if (host == "0.0.0.0" || host.empty()) host = "127.0.0.1";
  if (host == "[::]") host = "[::1]";
  return fmt::format("{}://{}:{}", web.tls ? "https" : "http", host, port);
}

struct Target {
  std::string url;
  std::optional<ServerConfig> config;  // for its write keys
};

Result<Target> target_of(const Context& context) {
  const bool told = context.arguments.has("to");
  auto config = load_server_file(context);
  if (!config.ok() && (!told || !context.globals.config.empty())) {
    auto error = std::move(config).error();
    error.message += " Or name the collector with --to URL.";
    return error;
  }
  Target target;
  if (config.ok()) target.config = std::move(*config);
  if (!told) {
    CANDOR_ASSIGN(url, own_url(*target.config));
    target.url = std::move(url);
    return target;
  }
  target.url = context.arguments.value("to");
  const auto url = parse_url(target.url);
  if (!url.ok()) return Error{ErrorKind::kUsage, "--to: " + url.error().message};
  while (target.url.ends_with('/')) target.url.pop_back();
  return target;
}

// The key that the collector wants for the product, when its configuration is at hand.
std::string write_key_of(const Target& target, const std::string& product) {
  if (!target.config) return "";
  const auto found = std::ranges::find(target.config->products, product, &ServerProduct::name);
  if (found == target.config->products.end() || found->write_keys.empty()) return "";
  return found->write_keys.front();
}

Json json_of(const ImportSummary& summary, const std::string& receipts) {
  Json outcomes = Json::object();
  for (const auto& [outcome, count] : summary.outcomes) outcomes[outcome] = count;
  return {{"lines", summary.lines},
          {"outcomes", std::move(outcomes)},
          {"damaged", summary.damaged},
          {"receipts", receipts},
          {"complete", !summary.stopped.has_value()}};
}

void tell(const ImportSummary& summary, const std::string& file, Output& out) {
  for (const auto& line : summary.damaged_lines)
    out.warn(
        fmt::format("{}, line {} is damaged and was passed over. {}", file, line.number, line.why));
  if (summary.damaged > summary.damaged_lines.size())
    out.warn(fmt::format("{} lines are damaged in all.", summary.damaged));
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : summary.outcomes)
    parts.push_back(fmt::format("{} {}", count, outcome));
  if (summary.damaged > 0) parts.push_back(fmt::format("{} damaged", summary.damaged));
  out.say(
      fmt::format("{} reports: {}.", summary.lines,
                  parts.empty() ? "nothing to import" : fmt::format("{}", fmt::join(parts, ", "))));
  if (!summary.first_refusal.empty()) out.warn("The first refusal: " + summary.first_refusal);
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(target, target_of(context));
  const auto file = context.arguments.value("FILE");
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{ErrorKind::kNotFound, fmt::format("{} cannot be read.", file)};
  ImportOptions options;
  options.url = target.url;
  options.ca_file = context.arguments.value("ca-file");
  std::string given;
  if (const auto key_file = context.arguments.value("write-key-file"); !key_file.empty()) {
    CANDOR_ASSIGN(text, read_file(key_file));
    given = text.substr(0, text.find_first_of("\r\n"));
  }
  options.write_key = [&](const std::string& product) {
    return given.empty() ? write_key_of(target, product) : given;
  };
  options.pause = [](std::chrono::milliseconds wait) { std::this_thread::sleep_for(wait); };
  options.on_progress = [&](std::uint64_t done, std::uint64_t total) {
    context.out.say(total >= done ? fmt::format("{} of {} reports", done, total)
                                  : fmt::format("{} reports", done));
  };
  const auto receipts = file + ".receipts";
  const auto unfinished = receipts + ".tmp";
  std::ofstream written(unfinished, std::ios::binary | std::ios::trunc);
  const auto client = make_http_client();
  const auto summary = import_reports(in, *client, options, [&](const std::string& line) -> Status {
    if (written.write(line.data(), static_cast<std::streamsize>(line.size()))) return Ok{};
    return Error{ErrorKind::kCannotCreate, fmt::format("{} cannot be written.", unfinished)};
  });
  written.close();
  if (!summary.ok()) {
    CANDOR_TRY(remove_file(unfinished));
    return Error{summary.error()}.in(file);
  }
  if (!written || ::rename(unfinished.c_str(), receipts.c_str()) != 0)
    return system_error("write", receipts);
  tell(*summary, file, context.out);
  if (summary->stopped) {
    return Error{
        ErrorKind::kTryAgain,
        fmt::format("Stopped after {} reports: {} Import the same file again; what arrived "
                    "is not counted twice.",
                    summary->lines, summary->stopped->message)};
  }
  context.out.say(fmt::format("The receipts are in {}. Carry them back: candor receipts {}",
                              receipts, Path(receipts).filename().string()));
  if (context.globals.json) context.answer(json_of(*summary, receipts), "");
  return summary->damaged == 0 ? kExitOk : kExitBadData;
}

}  // namespace

Command import_command() {
  return {
      .name = "import",
      .summary = "take reports that were carried here in a file",
      .about =
          "Posts the reports of a file that `candor export` wrote to the running collector, which "
          "treats them as any other, and writes FILE.receipts, which belongs back to the agent. "
          "A file can be imported again: a report is counted once.",
      .operands = {{"FILE", "the exported file"}},
      .options = {{"to", "URL", "the collector; by default the one of server.toml"},
                  {"write-key-file", "FILE", "the product's write key, first line"},
                  {"ca-file", "FILE", "certificates (PEM) to believe the collector by"}},
      .examples = {{"candor import reports.jsonl", "on the collector's machine"},
                   {"candor import reports.jsonl --to https://telemetry.example.com", ""}},
      .exit_codes = {{kExitBadData,
                      "the file is no export, or lines of it are damaged; the others are taken"},
                     {kExitCannotCreate, "the receipts cannot be written"},
                     {kExitTryAgain, "the collector does not answer, or is busy"},
                     {kExitConfiguration, "the collector's configuration is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
