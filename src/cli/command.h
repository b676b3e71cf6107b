// One subcommand is one file is one value: what it is called, takes, means and answers. Help,
// errors and (later) man pages and completion come from that value; cli/parse.cc reads the
// arguments by it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.h"
#include "base/environment.h"
#include "base/json.h"
#include "base/result.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "config/paths.h"

namespace candor {

struct Option {
  std::string name;   // "license", without dashes
  std::string value;  // "ID"; empty: a flag
  std::string about;  // one sentence; empty: another spelling, which help does not show
  bool many = false;  // may be given several times
};

struct Operand {
  std::string name;  // "KEY"
  std::string about;
  bool required = true;
  bool many = false;  // takes all that follow; only the last one
};

struct Example {
  std::string line;   // "candor on --license sharing-1-0"
  std::string about;  // what it does
};

struct ExitNote {
  int code;
  std::string about;
};

// What stood on the command line, after the subcommand's names.
class Arguments {
 public:
  bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  // The value of an option or operand; `fallback` when it was not given.
  std::string value(std::string_view name, std::string_view fallback = "") const;
  std::vector<std::string> values(std::string_view name) const;
  void add(const std::string& name, std::string value) {
    values_[name].push_back(std::move(value));
  }

  // The whole command as it was typed, for records: "candor on --license sharing-1-0".
  std::string line;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

struct Globals {
  bool help = false;
  bool version = false;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  bool no_input = false;
  bool dry_run = false;
  std::string config;
  std::string color = "auto";
};

// What a subcommand runs in.
struct Context {
  Arguments arguments;
  Globals globals;
  Environment environment;
  Output& out;

  // Where configuration and state are, by environment, user and --config.
  Result<Paths> paths() const;
  // The same; kConfiguration when --config names a file that is not there.
  Result<Paths> existing_paths() const;
  // The agent of this machine; kConfiguration when it is not configured. Where a product is on
  // unless refused and nobody was told yet, tells so first, but not who is about to decide.
  enum class About { kLooking, kDeciding };
  Result<Agent> open_agent(About about = About::kLooking) const;
  // With --json, `document` (with "schema_version" added in front) is printed; without, `text`.
  void answer(const Json& document, std::string_view text) const;
};

struct Command {
  std::string name;
  std::string summary;  // half a sentence, for the list
  std::string about;    // a few sentences; may be empty
  std::vector<Operand> operands;
  std::vector<Option> options;
  std::vector<Example> examples;
  std::vector<ExitNote> exit_codes;  // besides 0, 1 and 2
  std::vector<Command> children;     // "config get": then `run` is empty
  // The exit code; an Error is told and mapped by exit_code_of.
  std::function<Result<int>(Context&)> run;
  // With --dry-run, instead of `run`: says what would happen and does nothing. A command without it
  // refuses --dry-run (cli/rehearse.h).
  std::function<Result<int>(Context&)> rehearse = nullptr;
};

// A group of commands in the list that `candor --help` prints.
struct CommandGroup {
  std::string title;
  std::vector<Command> commands;
};

// All of them (cli/commands.cc). The values live as long as the program.
const std::vector<CommandGroup>& command_groups();

// The program from its arguments (argv without the program's name) to its exit code.
int run_program(const std::vector<std::string>& arguments, const Environment& environment,
                Output& out);

}  // namespace candor
