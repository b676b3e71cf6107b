#include "transfer/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/counted.h"
#include "cli/commands.h"
#include "cli/named_file.h"
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
  return fmt::format("{}://{}:{}", web->now()->tls ? "https" : "http", host, port);
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

// Where the receipts go: beside the export, or to standard output. They appear whole at the end or
// not at all, so that an import that fails spoils nothing of an earlier one.
class ReceiptsOutput {
 public:
  ReceiptsOutput(const std::string& export_name, Output& out)
      : to_output_(is_standard(export_name)),
        name_(to_output_ ? "standard output" : export_name + ".receipts"),
        unfinished_(fmt::format("{}.{}.tmp", name_, ::getpid())),
        out_(out) {}
  ~ReceiptsOutput() {
    if (file_.is_open()) discard();
  }
  ReceiptsOutput(const ReceiptsOutput&) = delete;
  ReceiptsOutput& operator=(const ReceiptsOutput&) = delete;

  Status open() {
    if (to_output_) return Ok{};
    file_.open(unfinished_, std::ios::binary | std::ios::trunc);
    return file_ ? Status(Ok{}) : Status(cannot());
  }

  Status write(const std::string& line) {
    if (to_output_) {
      held_ += line;
      return Ok{};
    }
    if (file_.write(line.data(), static_cast<std::streamsize>(line.size()))) return Ok{};
    return cannot();
  }

  Status finish() {
    if (to_output_) {
      out_.print(held_);
      return Ok{};
    }
    file_.close();
    if (!file_ || ::rename(unfinished_.c_str(), name_.c_str()) != 0) {
      auto error = cannot();
      discard();
      return error;
    }
    return Ok{};
  }

  const std::string& name() const { return name_; }

 private:
  void discard() {
    file_.close();
    ::unlink(unfinished_.c_str());
  }

  Error cannot() const {
    return Error{
        ErrorKind::kCannotCreate,
        fmt::format("The receipts {}. Copy the export into a folder that you may write to, or have "
                    "the receipts on standard output: candor import - < FILE > RECEIPTS",
                    system_error("write", name_).message)};
  }

  bool to_output_;
  std::string name_;
  std::string unfinished_;
  Output& out_;
  std::string held_;  // for standard output
  std::ofstream file_;
};

void tell_damage(const ImportSummary& summary, const std::string& file, Output& out) {
  for (const auto& line : summary.damaged_lines)
    out.warn(
        fmt::format("{}, line {} is damaged and was passed over. {}", file, line.number, line.why));
  if (summary.damaged > summary.damaged_lines.size())
    out.warn(fmt::format("{} lines are damaged in all.", summary.damaged));
}

void tell(const ImportSummary& summary, Output& out) {
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : summary.outcomes)
    parts.push_back(fmt::format("{} {}", count, outcome));
  if (summary.damaged > 0) parts.push_back(fmt::format("{} damaged", summary.damaged));
  out.say(fmt::format("{}: {}.", counted(summary.lines, "report"), fmt::join(parts, ", ")));
  if (!summary.first_refusal.empty()) out.warn("The first refusal: " + summary.first_refusal);
}

// Of an import that ended before the end: no receipts were written.
Error stopped(const ImportSummary& summary) {
  auto error = *summary.stopped;
  if (!error.message.ends_with('.')) error.message += '.';
  const bool any = summary.lines > 0;
  return Error{error.kind,
               fmt::format("{}: {} No receipts were written. Import the same file again{}",
                           any ? fmt::format("Stopped after {}", counted(summary.lines, "report"))
                               : "Nothing was imported",
                           error.message, any ? "; what arrived is not counted twice." : ".")};
}

Result<ImportOptions> import_options(Context& context, const Target& target) {
  ImportOptions options;
  options.url = target.url;
  options.ca_file = context.arguments.value("ca-file");
  std::string given;
  if (const auto key_file = context.arguments.value("write-key-file"); !key_file.empty()) {
    CANDOR_ASSIGN(text, read_file(key_file));
    given = text.substr(0, text.find_first_of("\r\n"));
  }
  options.write_key = [given, &target](const std::string& product) {
    return given.empty() ? write_key_of(target, product) : given;
  };
  options.pause = [&out = context.out](std::chrono::milliseconds wait) {
    out.say(fmt::format("The collector cannot be reached or is busy; trying again in {:.1f} s.",
                        static_cast<double>(wait.count()) / 1000));
    std::this_thread::sleep_for(wait);
  };
  options.on_progress = [&out = context.out](std::uint64_t done, std::uint64_t total) {
    out.say(total >= done ? fmt::format("{} of {}", done, counted(total, "report"))
                          : counted(done, "report"));
  };
  return options;
}

Result<int> run(Context& context) {
  const auto file = context.arguments.value("FILE");
  if (is_standard(file) && context.globals.json) {
    return Error{ErrorKind::kUsage,
                 "With - the receipts go to standard output, where --json has no room. Name a "
                 "file, or leave out --json."};
  }
  CANDOR_ASSIGN(target, target_of(context));
  CANDOR_ASSIGN(in, open_named(file));
  CANDOR_ASSIGN(options, import_options(context, target));
  ReceiptsOutput receipts(file, context.out);
  CANDOR_TRY(receipts.open());
  const auto client = make_http_client();
  const auto shown = is_standard(file) ? std::string("Standard input") : file;
  const auto summary = import_reports(
      *in, *client, options, [&](const std::string& line) { return receipts.write(line); });
  if (!summary.ok()) return Error{summary.error()}.in(shown);
  tell_damage(*summary, shown, context.out);
  if (summary->stopped) return stopped(*summary);
  if (summary->outcomes.empty()) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("{} holds no report that could be read, so no receipts were written.", shown)};
  }
  CANDOR_TRY(receipts.finish());
  tell(*summary, context.out);
  if (!is_standard(file)) {
    context.out.say(fmt::format("The receipts are in {}. Carry them back: candor receipts {}",
                                receipts.name(), Path(receipts.name()).filename().string()));
  }
  if (context.globals.json) context.answer(json_of(*summary, receipts.name()), "");
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
          "A file can be imported again: a report is counted once. An import that does not come "
          "to its end writes no receipts, and leaves those of an earlier one.",
      .operands =
          {{"FILE",
            "the exported file; - is standard input, and the receipts go to standard output"}},
      .options = {{"to", "URL", "the collector; by default the one of server.toml"},
                  {"write-key-file", "FILE", "the product's write key, first line"},
                  {"ca-file", "FILE", "certificates (PEM) to believe the collector by"}},
      .examples = {{"candor import reports.jsonl", "on the collector's machine"},
                   {"candor import reports.jsonl --to https://telemetry.example.com", ""}},
      .exit_codes =
          {{kExitFailed,
            "the file is not there, or the collector does not take them: key, product or address "
            "is wrong"},
           {kExitBadData,
            "the file is no export, or lines of it are damaged; the others are taken"},
           {kExitCannotCreate, "the receipts cannot be written"},
           {kExitTryAgain, "the collector does not answer, or is busy"},
           {kExitConfiguration, "the collector's configuration is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
