#include "sonar/sonar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

#include "base/counted.h"
#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/state.h"
#include "config/settings.h"
#include "sonar/limits.h"
#include "sonar/record.h"
#include "sonar/scan.h"

namespace candor {
namespace {

std::string ms_text(std::chrono::microseconds time) {
  return fmt::format("{} ms", std::chrono::round<std::chrono::milliseconds>(time).count());
}

// "ok", "failed" or "not run", of one width.
std::string verdict_of(const Output& out, const StepResult& step) {
  if (!step.was_run) return "not run";
  return step.problem ? out.paint(Output::Paint::kBad, "failed ")
                      : out.paint(Output::Paint::kGood, "ok     ");
}

std::string text_of(const Output& out, const StepResult& step, std::size_t width) {
  auto text = fmt::format("  {:<{}}  {}", step.name, width, verdict_of(out, step));
  if (!step.was_run) return text + "\n";
  text += fmt::format("  {:>9}  {}", ms_text(step.duration),
                      step.status == 0 ? "  -" : fmt::to_string(step.status));
  text += "\n";
  const std::string indent(width + 4, ' ');
  for (const auto& redirect : step.redirects) text += fmt::format("{}{}\n", indent, redirect);
  if (step.removed.value_or(0) > 0) {
    text += fmt::format("{}removed {} of older runs\n", indent, counted(*step.removed, "leftover"));
  }
  if (!step.problem) return text;
  text += fmt::format("{}{}: {}\n", indent, name_of(step.problem->failure), step.problem->message);
  if (!step.problem->expected.empty() || !step.problem->actual.empty())
    text += fmt::format("{}expected {}, got {}\n", indent, step.problem->expected,
                        step.problem->actual.empty() ? "nothing like it" : step.problem->actual);
  return text;
}

std::string text_of(const Output& out, const ScanResult& result) {
  std::size_t width = 0;
  for (const auto& step : result.steps) width = std::max(width, step.name.size());
  const bool good = result.outcome == ScanOutcome::kSuccess;
  auto text = fmt::format(
      "{}  {}  {}  {}\n", result.target, result.scan,
      out.paint(good ? Output::Paint::kGood : Output::Paint::kBad, name_of(result.outcome)),
      ms_text(result.duration));
  for (const auto& step : result.steps) text += text_of(out, step, width);
  return text;
}

// Where the login of a target was, when the agent last made one; empty when it never did.
std::string known_login(const Context& context, const SonarTarget& target) {
  const auto state = state_folder(context);
  if (!state.ok()) return "";
  const auto text =
      read_file(state->file(kSonarFolder) / record_file_of(target.platform), kMaxSonarFileBytes);
  const auto json = text.ok() ? parse_json(*text) : Result<Json>(text.error());
  const auto record = json.ok() ? target_record_of(*json) : Result<TargetRecord>(json.error());
  return record.ok() && record->url == target.url ? record->login_origin : "";
}

Result<SonarPlan> plan_of(Context& context) {
  CANDOR_ASSIGN(places, context.existing_paths());
  CANDOR_ASSIGN(settings,
                load_settings({places.config_file, places.drop_ins}, context.environment));
  CANDOR_ASSIGN(plan, sonar_plan(settings));
  if (!plan) {
    return Error{
        ErrorKind::kConfiguration,
        fmt::format("There is nothing to scan: {} names no targets. Write [monitor.sonar] "
                    "with targets = [{{platformName = \"…\", url = \"…\"}}]; `candor config "
                    "explain monitor.sonar.targets` says more.",
                    places.config_file.string())};
  }
  const auto readable = readable_password(settings);
  if (!readable.empty()) context.out.warn(readable);
  return *std::move(plan);
}

Result<std::vector<SonarTarget>> targets_of(const Context& context, const SonarPlan& plan) {
  const auto wanted = context.arguments.value("target");
  if (wanted.empty()) return plan.targets;
  std::vector<std::string> known;
  for (const auto& target : plan.targets) {
    if (target.platform == wanted) return std::vector{target};
    known.push_back(target.platform);
  }
  return Error{ErrorKind::kUsage, fmt::format("There is no target \"{}\".{} There are: {}.", wanted,
                                              did_you_mean(wanted, known), fmt::join(known, ", "))};
}

Result<int> run(Context& context) {
  if (!context.arguments.has("once")) {
    return Error{ErrorKind::kUsage,
                 "`candor agent` scans again and again; to scan now, write candor sonar run "
                 "--once."};
  }
  CANDOR_ASSIGN(plan, plan_of(context));
  CANDOR_ASSIGN(targets, targets_of(context, plan));
  TokenKeeper tokens;
  const auto client = make_probe_client();
  const ScanWorld world{*client, tokens, system_clock(), [] { return true; },
                        [](Millis time) { std::this_thread::sleep_for(time); }};
  bool good = true;
  Json results = Json::array();
  for (const auto& target : targets) {
    for (const auto& scan : plan.scans) {
      const auto result = run_scan(plan, scan, target, known_login(context, target), world);
      good = good && result.outcome == ScanOutcome::kSuccess;
      results.push_back(json_of(result));
      if (!context.globals.json) context.out.print(text_of(context.out, result));
    }
  }
  if (context.globals.json) context.answer({{"success", good}, {"scans", std::move(results)}}, "");
  return good ? kExitOk : kExitFailed;
}

Command run_command() {
  return {.name = "run",
          .summary = "scan now, and print what came of each step",
          .about =
              "Signs in to each target as the configured user and does what the scans say, as "
              "`candor agent` does every interval. Exits with 1 when a scan does not succeed. "
              "Nothing of it is kept.",
          .operands = {},
          .options = {{"once", "", "Scan each target once."},
                      {"target", "PLATFORM", "Scan only this one, by its platformName."}},
          .examples = {{"candor sonar run --once", "every target"},
                       {"candor sonar run --once --target eu1.aws --json", "one, for a script"}},
          .exit_codes = {{kExitConfiguration, "the configuration is wrong, or names no target"}},
          .children = {},
          .run = run};
}

}  // namespace

Command sonar_command() {
  Command command;
  command.name = "sonar";
  command.summary = "smoke tests of the targets that are configured";
  command.about =
      "Sonar signs in to the product as a technical user and goes through it as users do. "
      "docs/formats/sonar.md says how it is configured. Nothing of it leaves.";
  command.examples = {{"candor sonar run --once", "scan every target now"}};
  command.children = {run_command()};
  return command;
}

}  // namespace candor
