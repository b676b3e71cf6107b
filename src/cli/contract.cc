#include "contract/contract.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "config/settings.h"
#include "contract/docs.h"
#include "contract/find.h"
#include "contract/generate.h"
#include "contract/lint.h"

namespace candor {
namespace {

// A file by its path, or the contract of a product by the product's name.
Result<Path> file_of(const Context& context, const std::string& name) {
  std::error_code ignored;
  const bool is_name =
      name.find_first_of("./") == std::string::npos && !std::filesystem::exists(name, ignored);
  if (!is_name) return Path(name);
  const auto places = context.paths();
  const auto settings =
      places.ok() ? load_settings({places->config_file, places->drop_ins}, context.environment)
                  : Result<Settings>(places.error());
  const auto configured = settings.ok() ? settings->text("contracts") : std::string();
  CANDOR_ASSIGN(folder, find_contract_folder(configured, this_executable()));
  return find_contract(name, folder);
}

Result<Contract> read_named(const Context& context, const std::string& name) {
  CANDOR_ASSIGN(file, file_of(context, name));
  return read_contract(file);
}

Json json_of(const Finding& finding, const std::string& file) {
  return {{"file", file},
          {"line", finding.place.line},
          {"column", finding.place.column},
          {"severity", finding.severity == Severity::kError ? "error" : "warning"},
          {"message", finding.message}};
}

Result<int> lint_files(Context& context) {
  const auto today = day_of(system_clock().now());
  Json findings = Json::array();
  std::string text;
  bool bad = false;
  for (const auto& name : context.arguments.values("FILE")) {
    const auto file = file_of(context, name);
    const auto contract = file.ok() ? read_contract(*file) : Result<Contract>(file.error());
    if (!contract.ok()) {
      // "file:line:column: message", as the parser says it
      auto message = contract.error().message;
      const auto place =
          file.ok() && message.starts_with(file->string()) ? file->string().size() : 0;
      const auto split = place > 0 ? message.find(": ", place) : std::string::npos;
      text += split == std::string::npos ? fmt::format("{}: error: {}\n", name, message)
                                         : message.insert(split + 1, " error:") + "\n";
      findings.push_back(
          {{"file", name}, {"severity", "error"}, {"message", contract.error().message}});
      bad = true;
      continue;
    }
    for (const auto& finding : lint(*contract, today)) {
      text += to_text(finding, *contract) + "\n";
      findings.push_back(json_of(finding, contract->file));
      bad = bad || finding.severity == Severity::kError;
    }
  }
  const auto count = findings.size();
  context.answer({{"findings", std::move(findings)}}, text);
  if (count == 0) context.out.say("Nothing to complain about.");
  return bad ? kExitBadData : kExitOk;
}

Result<int> docs(Context& context) {
  CANDOR_ASSIGN(contract, read_named(context, context.arguments.value("FILE")));
  const auto page = to_markdown(contract);
  context.answer({{"product", contract.product}, {"markdown", page}}, page);
  return kExitOk;
}

Result<int> hash(Context& context) {
  CANDOR_ASSIGN(contract, read_named(context, context.arguments.value("FILE")));
  context.answer({{"product", contract.product},
                  {"contract", contract.hash},
                  {"consent", contract.consent_hash}},
                 contract.hash + "\n");
  return kExitOk;
}

Result<int> generate(Context& context) {
  const auto language = context.arguments.value("lang", "cpp");
  if (language != "c" && language != "cpp" && language != "markdown") {
    return Error{ErrorKind::kUsage,
                 fmt::format("\"{}\" is no language that code is written in here: choose c, cpp "
                             "or markdown.",
                             language)};
  }
  auto day = day_of(system_clock().now());
  if (const auto as_of = context.arguments.value("as-of"); !as_of.empty()) {
    const auto given = parse_day(as_of);
    if (!given) {
      return Error{ErrorKind::kUsage,
                   fmt::format("\"{}\" is no day. Write it as 2026-11-22.", as_of)};
    }
    day = day_of(*given);
  }
  CANDOR_ASSIGN(contract, read_named(context, context.arguments.value("FILE")));
  CANDOR_ASSIGN(text, language == "c" ? to_c(contract, day) : to_cpp(contract, day));
  if (language == "markdown") text = to_markdown(contract);
  context.answer({{"product", contract.product}, {"language", language}, {"text", text}}, text);
  return kExitOk;
}

Result<int> create(Context& context) {
  const Path given = context.arguments.value("NAME");
  const bool is_file = given.has_parent_path() || given.extension() == ".toml";
  const auto product = is_file ? given.stem().string() : given.string();
  if (product.empty() ||
      product.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    return Error{
        ErrorKind::kUsage,
        fmt::format("\"{}\" is no name of a product: it has only a-z, 0-9 and '-'.", product)};
  }
  const auto text = new_contract(product);
  if (!is_file) {
    context.answer({{"product", product}, {"toml", text}}, text);
    return kExitOk;
  }
  std::error_code ignored;
  if (std::filesystem::exists(given, ignored)) {
    return Error{ErrorKind::kCannotCreate,
                 fmt::format("{} exists already, and is left as it is.", given.string())};
  }
  CANDOR_TRY(write_file(given, text, 0644));
  context.out.say(
      fmt::format("{} is made. Next: candor contract lint {}", given.string(), given.string()));
  if (context.globals.json) context.answer({{"product", product}, {"file", given.string()}}, "");
  return kExitOk;
}

Command child(std::string name, std::string summary, Operand operand, std::vector<Example> examples,
              Result<int> (*run)(Context&)) {
  Command command;
  command.name = std::move(name);
  command.summary = std::move(summary);
  command.operands = {std::move(operand)};
  command.examples = std::move(examples);
  command.exit_codes = {
      {kExitConfiguration, "the contract cannot be read, or there is none of that name"}};
  command.run = run;
  return command;
}

}  // namespace

Command contract_command() {
  Command command;
  command.name = "contract";
  command.summary = "check, explain and start contracts: what a product may send";
  command.about =
      "A contract is one TOML file. FILE is its path, or the name of a product whose contract is "
      "installed.";
  command.examples = {{"candor contract docs stone", "what Stone's operators agree to"}};
  auto lint =
      child("lint", "say what is wrong with a contract", {"FILE", "contracts to check", true, true},
            {{"candor contract lint contracts/stone.toml", ""}}, lint_files);
  lint.about =
      "Prints FILE:LINE:COLUMN: error or warning: MESSAGE for each finding; warnings alone are no "
      "failure.";
  lint.exit_codes = {{kExitBadData, "at least one error was found"}};
  auto generating = child("generate", "print a contract as code for programs with libcandor",
                          {"FILE", "the contract"},
                          {{"candor contract generate --lang cpp acme.toml > acme.hpp",
                            "typed functions: what is not declared does not compile"},
                           {"candor contract generate --lang c acme.toml > acme.h", ""}},
                          generate);
  generating.options = {
      {"lang", "LANGUAGE", "cpp (unless said), c, or markdown: the page of `contract docs`"},
      {"as-of", "DAY",
       "the day that fields must not have expired on, as 2026-11-22; today unless said"}};
  generating.exit_codes = {
      {kExitBadData, "a field has expired, or names cannot be told apart in code"}};
  auto start = child(
      "new", "print a commented contract to start from",
      {"NAME", "the product's name; NAME.toml makes that file"},
      {{"candor contract new acme > acme.toml", ""}, {"candor contract new acme.toml", "the same"}},
      create);
  start.exit_codes = {{kExitCannotCreate, "the file exists already or cannot be written"}};
  command.children = {
      std::move(lint),
      child("docs", "print what a contract lets leave, as Markdown", {"FILE", "the contract"},
            {{"candor contract docs stone > stone.md", ""}}, docs),
      child("hash", "print the SHA-256 that names a contract", {"FILE", "the contract"},
            {{"candor contract hash stone", ""}}, hash),
      std::move(generating), std::move(start)};
  return command;
}

}  // namespace candor
