#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <unistd.h>

#include "base/build_version.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/prompt.h"

namespace candor {
namespace {

bool shows_color(const Globals& globals, const Environment& environment, int descriptor) {
  if (globals.color != "auto") return globals.color == "always";
  if (!environment.get("NO_COLOR").empty() || environment.get("TERM") == "dumb") return false;
  return ::isatty(descriptor) != 0;
}

bool wants_json(const std::vector<std::string>& arguments) {
  for (const auto& argument : arguments) {
    if (argument == "--") return false;
    if (argument == "--json") return true;
  }
  return false;
}

int report(const Error& error, bool json, Output& out) {
  if (json) {
    out.print(
        to_pretty({{"schema_version", 1},
                   {"error", {{"reason", reason_of(error.kind)}, {"message", error.message}}}}));
  }
  out.fail(error.message);
  return exit_code_of(error.kind);
}

void prepare(const Globals& globals, const Environment& environment, Output& out) {
  if (globals.quiet) out.set_quiet();
  if (globals.verbose) out.set_verbose();
  if (globals.quiet) set_log_level(LogLevel::kWarning);
  if (globals.verbose) set_log_level(LogLevel::kDebug);
  out.set_color(shows_color(globals, environment, STDOUT_FILENO),
                shows_color(globals, environment, STDERR_FILENO));
}

Result<int> run(const std::vector<std::string>& arguments, const Environment& environment,
                Output& out) {
  CANDOR_ASSIGN(routed, route(arguments));
  CANDOR_ASSIGN(line, parse_line(routed.command, routed.names, routed.rest));
  prepare(line.globals, environment, out);
  if (line.globals.help || (routed.command == nullptr && !line.globals.version)) {
    const auto text =
        routed.command == nullptr ? program_help() : command_help(*routed.command, routed.names);
    if (line.globals.help) {
      out.print(text);
      return kExitOk;
    }
    return Error{ErrorKind::kUsage, "No command was given. `candor --help` lists them."};
  }
  if (line.globals.version) {
    out.print(line.globals.json ? to_pretty({{"schema_version", 1}, {"version", build_package()}})
                                : fmt::format("candor {}\n", build_package()));
    return kExitOk;
  }
  if (!routed.command->run) {
    return Error{ErrorKind::kUsage,
                 fmt::format("`candor {0}` needs a command of its own. See `candor {0} --help`.",
                             fmt::join(routed.names, " "))};
  }
  if (line.globals.dry_run && !routed.command->rehearse) {
    return Error{ErrorKind::kUsage, fmt::format("`candor {}` knows no --dry-run. Nothing was done.",
                                                fmt::join(routed.names, " "))};
  }
  line.arguments.line = fmt::format("candor {}", fmt::join(arguments, " "));
  Context context{std::move(line.arguments), line.globals, environment, out};
  return line.globals.dry_run ? routed.command->rehearse(context) : routed.command->run(context);
}

}  // namespace

Result<Paths> Context::paths() const {
  return find_paths(environment, ::geteuid() == 0 ? RunsAs::kRoot : RunsAs::kUser, globals.config);
}

Result<Paths> Context::existing_paths() const {
  CANDOR_ASSIGN(places, paths());
  std::error_code ignored;
  if (globals.config.empty() || std::filesystem::exists(places.config_file, ignored)) return places;
  return Error{ErrorKind::kConfiguration,
               fmt::format("There is no configuration file {}.", places.config_file.string())};
}

Result<Agent> Context::open_agent(About about) const {
  CANDOR_ASSIGN(places, existing_paths());
  AgentWorld world;
  world.environment = environment;
  world.note = [&out = out](const std::string& note) { out.warn(note); };
  auto agent = Agent::open(places, std::move(world));
  if (agent.ok() && about == About::kLooking) tell_notice(*this, *agent);
  return agent;
}

void Context::answer(const Json& document, std::string_view text) const {
  if (!globals.json) {
    out.print(text);
    return;
  }
  Json whole = {{"schema_version", 1}};
  for (const auto& [key, value] : document.items()) whole[key] = value;
  out.print(to_pretty(whole));
}

int run_program(const std::vector<std::string>& arguments, const Environment& environment,
                Output& out) {
  const auto code = run(arguments, environment, out);
  const int exit_code = code.ok() ? *code : report(code.error(), wants_json(arguments), out);
  if (out.flush()) return exit_code;
  if (out.reader_left()) return kExitSignal + SIGPIPE;
  out.fail("Standard output cannot be written.");
  return exit_code == kExitOk ? kExitFailed : exit_code;
}

}  // namespace candor
