#include <fmt/format.h>
#include <unistd.h>

#include "agent/begin.h"
#include "agent/insights.h"
#include "base/counted.h"
#include "base/digest.h"
#include "cli/collector_client.h"
#include "cli/commands.h"
#include "cli/wrap.h"

namespace candor {
namespace {

enum class Asking { kWhenDue, kNow, kNever };

Result<Asking> asking_of(const Arguments& arguments) {
  const bool now = arguments.has("fetch");
  const bool never = arguments.has("offline");
  if (now && never)
    return Error{ErrorKind::kUsage, "--fetch and --offline exclude each other. Give one of them."};
  return now ? Asking::kNow : never ? Asking::kNever : Asking::kWhenDue;
}

// What there is to say.
struct Seen {
  Mode mode = Mode::kOff;
  std::optional<InsightsBundle> bundle;
  InsightsCheck check;
  std::string problem;  // why the collector was not asked, or did not answer; empty: nothing failed
  LocalSight here;
  Advice advice;
};

// Whatever stands in the way, what is kept can be looked through.
Status ask_collector(const Agent& agent, Asking asking, Seen& seen) {
  if (asking == Asking::kNever) return Ok{};
  const auto now = agent.world().clock->now();
  const bool may = seen.mode == Mode::kOn && has_insights(agent);
  const bool due =
      !agent.state().has(kInsightsFile) || is_check_due(last_insights_check(agent.state()), now);
  if (asking == Asking::kWhenDue && !(may && due)) return Ok{};
  const auto fetched = check_insights(agent, random_share());
  if (fetched.ok()) return Ok{};
  if (asking == Asking::kNow) return fetched.error();
  seen.problem = fetched.error().message;
  return Ok{};
}

Error nothing_kept(const Agent& agent, const Seen& seen, const Decision& decision) {
  if (seen.mode != Mode::kOn) {
    return Error{decision.is_forbidden() ? ErrorKind::kForbidden : ErrorKind::kOff,
                 fmt::format("Nothing is known yet, and the collector is not asked: {}",
                             why_not_on(agent.state(), decision))};
  }
  if (!has_insights(agent)) {
    return Error{ErrorKind::kNothing,
                 fmt::format("There is no advice about {}: its contract has neither health nor "
                             "crashes, or its reports go to no collector of Candor's.",
                             agent.contract().product)};
  }
  const auto& problem = seen.problem.empty() ? seen.check.problem : seen.problem;
  return Error{ErrorKind::kTryAgain,
               fmt::format("Nothing is known yet: the collector's bundle of insights was never "
                           "fetched. {}{}Fetch it with: candor advise --fetch",
                           problem, problem.empty() ? "" : " ")};
}

Result<Seen> look(const Agent& agent, Asking asking) {
  Seen seen;
  CANDOR_ASSIGN(decision, agent.decision());
  seen.mode = decision.mode;
  CANDOR_TRY(ask_collector(agent, asking, seen));
  seen.check = last_insights_check(agent.state());
  CANDOR_ASSIGN(bundle, kept_insights(agent));
  if (!bundle) return nothing_kept(agent, seen, decision);
  seen.bundle = std::move(bundle);
  CANDOR_ASSIGN(here, look_at_home(agent));
  seen.here = std::move(here);
  seen.advice = match(*seen.bundle, seen.here.plugins, seen.here.crashes);
  return seen;
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json json_of(const PluginAdvice& advice) {
  return {{"event", advice.known.event},
          {"name", advice.known.name},
          {"version", advice.known.version},
          {"verdict", advice.known.verdict},
          {"rule", advice.known.rule},
          {"since", advice.known.since},
          {"better", text_or_null(advice.known.better)},
          {"here",
           {{"last", format_rfc3339(advice.here.last)},
            {"runs", advice.here.runs},
            {"failed", advice.here.failed}}}};
}

Json json_of(const CrashAdvice& advice) {
  return {{"signature", advice.known.signature},
          {"known_since", text_or_null(advice.known.known_since)},
          {"fixed_in", advice.known.fixed_in},
          {"here",
           {{"program", advice.here.program},
            {"version", advice.here.version},
            {"signal", advice.here.signal},
            {"last", format_rfc3339(advice.here.last)},
            {"times", advice.here.times}}}};
}

Json json_of(const Agent& agent, const Seen& seen) {
  Json plugins = Json::array();
  for (const auto& advice : seen.advice.plugins) plugins.push_back(json_of(advice));
  Json crashes = Json::array();
  for (const auto& advice : seen.advice.crashes) crashes.push_back(json_of(advice));
  return {{"product", agent.contract().product},
          {"telemetry", name_of(seen.mode)},
          {"made", seen.bundle->made},
          {"window_days", seen.bundle->window_days},
          {"checked_at",
           seen.check.checked_at ? Json(format_rfc3339(*seen.check.checked_at)) : Json(nullptr)},
          {"problem", text_or_null(seen.problem)},
          {"plugins", std::move(plugins)},
          {"crashes", std::move(crashes)},
          {"looked_through",
           {{"plugins", seen.here.plugins.size()}, {"crashes", seen.here.crashes.size()}}}};
}

// A heading, and what belongs to it in lines that are indented.
std::string item(const std::string& heading, const std::string& text) {
  return fmt::format("{}\n  {}\n", heading, wrapped(text, terminal_width(STDOUT_FILENO), 2, 2));
}

std::string text_of(const PluginAdvice& advice, const Output& out) {
  const auto& [known, here] = advice;
  const auto paint = known.verdict == kFailing ? Output::Paint::kBad : Output::Paint::kCareful;
  auto text = fmt::format("{}{}Here it ran {}", printable(known.rule),
                          known.rule.empty() || known.rule.ends_with('.') ? " " : ". ",
                          counted(here.runs, "time"));
  if (here.failed > 0) text += fmt::format(" and failed {}", counted(here.failed, "time"));
  text += fmt::format(", last at {}.", format_rfc3339(here.last));
  text += known.better.empty() ? std::string(" No version is known to work better.")
                               : fmt::format(" Better: {}.", printable(known.better));
  const auto version = known.version.empty() ? "" : " " + printable(known.version);
  return item(fmt::format("{}  {} {}{}", out.paint(paint, known.verdict), printable(known.event),
                          printable(known.name), version),
              text);
}

std::string text_of(const CrashAdvice& advice, const Output& out) {
  const auto& [known, here] = advice;
  auto text = fmt::format("It crashed here {}, last at {}.", counted(here.times, "time"),
                          format_rfc3339(here.last));
  if (!known.known_since.empty())
    text += fmt::format(" Known since {}.", printable(known.known_since));
  text += fmt::format(" Signature {}.", printable(known.signature));
  return item(fmt::format("{} {}  {} {}, {}", out.paint(Output::Paint::kGood, "fixed in"),
                          printable(known.fixed_in), here.program, here.version, here.signal),
              text);
}

std::string text_of(const Seen& seen, const Output& out) {
  std::string text;
  for (const auto& advice : seen.advice.plugins) text += text_of(advice, out);
  for (const auto& advice : seen.advice.crashes) text += text_of(advice, out);
  return text;
}

// How far what was said can be relied on.
void tell(const Agent& agent, const Seen& seen, Output& out) {
  const auto looked = fmt::format("{} and {}",
                                  counted(seen.here.plugins.size(),
                                          "version of a plugin that ran "
                                          "here",
                                          "versions of plugins that ran here"),
                                  counted(seen.here.crashes.size(), "crash", "crashes"));
  if (seen.advice.plugins.empty() && seen.advice.crashes.empty()) {
    out.say(
        fmt::format("Nothing to advise: of {}, nothing is known to be failing, degraded or "
                    "fixed.",
                    looked));
  } else {
    out.say(fmt::format("Looked through: {}. The collector does not learn which.", looked));
  }
  const auto age = agent.world().clock->now() - *parse_rfc3339(seen.bundle->made);
  const auto days = std::chrono::floor<std::chrono::days>(age).count();
  const auto told =
      fmt::format("By what the collector knew at {} of the {} before.", seen.bundle->made,
                  counted(static_cast<std::uint64_t>(seen.bundle->window_days), "day"));
  if (is_old(*seen.bundle, agent.world().clock->now()))
    out.warn(fmt::format("{} That is {} days ago; it may be true no longer.", told, days));
  else
    out.say(told);
  if (!seen.problem.empty())
    out.warn(fmt::format("What it knows now could not be fetched. {}", seen.problem));
  else if (seen.mode != Mode::kOn)
    out.say(fmt::format("Telemetry is {}, so it is not asked again.", name_of(seen.mode)));
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(asking, asking_of(context.arguments));
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_ASSIGN(seen, look(agent, asking));
  context.answer(json_of(agent, seen), text_of(seen, context.out));
  tell(agent, seen, context.out);
  return kExitOk;
}

}  // namespace

Command advise_command() {
  return {
      .name = "advise",
      .summary = "tell which plugins that ran here fail for others, and which crashes are fixed",
      .about =
          "Looks through the collector's bundle of insights, which is the same for every "
          "client, by what ran and crashed on this machine. That stays here: the collector "
          "learns that somebody fetched the bundle, and nothing else. It is fetched when it "
          "is a day old and telemetry is on; `candor agent` does that, too. Whether there is "
          "advice or not, the exit code is 0.",
      .operands = {},
      .options = {{"fetch", "", "Ask the collector now; an error when that fails."},
                  {"offline", "", "Ask nobody: look through what is kept."}},
      .examples = {{"candor advise", ""},
                   {"candor advise --offline --json",
                    "for a script; `plugins` and `crashes` are "
                    "empty when there is nothing"}},
      .exit_codes = {{kExitFailed, "what was fetched or kept is not to be believed"},
                     {kExitOff, "telemetry is not on, and nothing is kept"},
                     {kExitNothing, "there is nothing that could be known of this product"},
                     {kExitForbidden, "the same, by policy or DO_NOT_TRACK"},
                     {kExitUnavailable, "with --fetch: the collector did not answer, or has none"},
                     {kExitTryAgain, "nothing was fetched yet"}},
      .children = {},
      .run = run};
}

}  // namespace candor
