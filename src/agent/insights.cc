#include "agent/insights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/begin.h"
#include "agent/collect/collectors.h"
#include "agent/collect/crash_records.h"
#include "agent/limits.h"
#include "agent/send/limits.h"
#include "agent/send/uplink.h"
#include "contract/limits.h"
#include "library/layout.h"

namespace candor {
namespace {

std::string advice_file() { return fmt::format("{}/{}", library::kFolder, library::kAdviceFile); }

Error refused(std::string why) {
  return Error{ErrorKind::kGeneral,
               fmt::format("{} It was refused; what was kept before stays.", why)};
}

Status may_ask(const Agent& agent) {
  CANDOR_ASSIGN(decision, agent.decision());
  if (decision.mode != Mode::kOn) {
    return Error{
        decision.is_forbidden() ? ErrorKind::kForbidden : ErrorKind::kOff,
        fmt::format("The collector was not asked: {}", why_not_on(agent.state(), decision))};
  }
  if (has_insights(agent)) return Ok{};
  return Error{
      ErrorKind::kNothing,
      fmt::format("There are no insights for {}: its contract has neither health nor crashes, "
                  "or its reports go to no collector of Candor's.",
                  agent.contract().product)};
}

// Of the collector that reports go to.
Result<std::string> believed_by(const Agent& agent) {
  CANDOR_ASSIGN(options, uplink_options(agent.settings(), agent.contract()));
  CANDOR_ASSIGN(key, believed_key(agent.state(), options.receipt_key));
  if (key) return *key;
  return Error{ErrorKind::kTryAgain,
               "No key of the collector is pinned yet, so nothing that it says could be believed. "
               "The first report pins it: candor send"};
}

Result<std::string> kept_bytes(const Agent& agent) {
  return read_file(agent.state().file(kInsightsFile), kMaxInsightsBytes);
}

Result<InsightsBundle> read_bundle(const Agent& agent, std::string_view bytes) {
  CANDOR_ASSIGN(key, believed_by(agent));
  CANDOR_ASSIGN(bundle, verify_insights(bytes, key));
  if (bundle.product != agent.contract().product) {
    return Error{ErrorKind::kGeneral, fmt::format("The insights are of another product than {}.",
                                                  agent.contract().product)};
  }
  if (parse_rfc3339(bundle.made)) return bundle;
  return Error{ErrorKind::kBadData, "The insights do not say when they were made."};
}

// Whoever plays an old bundle again hides what is known since; one from the future would stay
// longer than it is true.
Status check_time(const Agent& agent, const InsightsBundle& bundle) {
  const auto made = *parse_rfc3339(bundle.made);
  if (made > agent.world().clock->now() + kMaxInsightsAhead)
    return refused(
        fmt::format("The insights were made at {}, which has not come yet.", format_rfc3339(made)));
  const auto kept = kept_insights(agent);
  if (!kept.ok() || !*kept || *parse_rfc3339((*kept)->made) <= made) return Ok{};
  return refused(fmt::format("The insights were made at {}, before the ones that are kept ({}).",
                             format_rfc3339(made), (*kept)->made));
}

Status write_advice(const Agent& agent, const InsightsBundle& bundle) {
  const auto made = to_unix_millis(*parse_rfc3339(bundle.made));
  CANDOR_TRY(agent.state().make(library::kFolder));
  return agent.state().write(advice_file(),
                             library::make_advice(bundle.product, made, advice_lines(bundle)));
}

Status keep(const Agent& agent, const std::string& bytes, const InsightsBundle& bundle,
            const std::function<bool()>& is_on) {
  CANDOR_ASSIGN(lock, agent.state().lock());
  if (!is_on()) {
    return Error{ErrorKind::kTryAgain,
                 "Telemetry was switched off meanwhile, so nothing was kept."};
  }
  CANDOR_TRY(agent.state().write(kInsightsFile, bytes));
  return write_advice(agent, bundle);
}

}  // namespace

bool has_insights(const Agent& agent) {
  const auto& contract = agent.contract();
  return contract.accepts_protocol("native") && agent.settings().text("wire") == "native" &&
         (contract.collects(CollectorKind::kCrashes) ||
          std::ranges::any_of(contract.events,
                              [](const auto& event) { return event.health.has_value(); }));
}

Result<std::optional<InsightsBundle>> kept_insights(const Agent& agent) {
  const auto bytes = kept_bytes(agent);
  if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound)
    return std::optional<InsightsBundle>();
  if (!bytes.ok()) return bytes.error();
  auto bundle = read_bundle(agent, *bytes);
  if (bundle.ok()) return std::optional(*std::move(bundle));
  return std::move(bundle).error().in(agent.state().file(kInsightsFile).string());
}

Result<Fetched> fetch_insights(const Agent& agent) {
  const auto is_on = agent.while_on();
  CANDOR_TRY(may_ask(agent));
  CANDOR_ASSIGN(options, uplink_options(agent.settings(), agent.contract()));
  CANDOR_TRY(believed_by(agent));
  // A client of its own: not on the connection that a report came on.
  const auto client = agent.world().make_client();
  Uplink collector(std::move(options), *client, is_on);
  const auto kept = kept_bytes(agent);
  CANDOR_ASSIGN(bytes, collector.insights(agent.contract().product,
                                          kept.ok() ? insights_etag(*kept) : "", kUploadTime));
  if (!bytes) return Fetched::kSame;
  auto bundle = read_bundle(agent, *bytes);
  if (!bundle.ok()) return refused(bundle.error().message);
  CANDOR_TRY(check_time(agent, *bundle));
  CANDOR_TRY(keep(agent, *bytes, *bundle, is_on));
  return kept.ok() && *kept == *bytes ? Fetched::kSame : Fetched::kNew;
}

InsightsCheck last_insights_check(const StateFolder& state) {
  const auto json = state.read_json(kInsightsCheckFile);
  if (!json.ok()) return {};
  return {parse_rfc3339(string_member(*json, "checked_at")),
          parse_rfc3339(string_member(*json, "next")), string_member(*json, "problem")};
}

bool is_check_due(const InsightsCheck& check, Instant now) {
  return !check.checked_at || *check.checked_at > now ||
         now - *check.checked_at >= kInsightsInterval;
}

Instant next_insights_check(CheckEnd end, Instant now, double random) {
  const Millis base = end == CheckEnd::kDone ? Millis(kInsightsInterval) : Millis(kInsightsRetry);
  const auto part = std::llround(static_cast<double>(base.count()) * random);
  // At the start of many that were installed at once, at the end of an outage: not all together.
  return now + base * 3 / 4 + Millis(part) / 2;
}

Status keep_insights_check(const StateFolder& state, const InsightsCheck& check) {
  const auto time = [](const std::optional<Instant>& at) {
    return at ? Json(format_rfc3339(*at)) : Json(nullptr);
  };
  return state.write(kInsightsCheckFile, to_pretty({{"format", 1},
                                                    {"checked_at", time(check.checked_at)},
                                                    {"next", time(check.next)},
                                                    {"problem", check.problem}}));
}

Result<Fetched> check_insights(const Agent& agent, double random) {
  CANDOR_TRY(may_ask(agent));
  const auto now = agent.world().clock->now();
  auto check = last_insights_check(agent.state());
  // Written first: a process that ends in between does not begin with this at its next start.
  check.next = next_insights_check(CheckEnd::kFailed, now, random);
  CANDOR_TRY(keep_insights_check(agent.state(), check));
  const auto fetched = fetch_insights(agent);
  // An off meanwhile took away what was here, and is no failure.
  if (!agent.while_on()()) return fetched;
  check.problem = fetched.ok() ? "" : fetched.error().message;
  if (fetched.ok()) {
    check.checked_at = now;
    check.next = next_insights_check(CheckEnd::kDone, now, random);
  }
  CANDOR_TRY(keep_insights_check(agent.state(), check));
  return fetched;
}

Result<LocalSight> look_at_home(const Agent& agent) {
  LocalSight sight;
  sight.plugins = read_seen(agent.state());
  const auto folders = crash_folders(agent.settings(), agent.state().file(kCrashFolder));
  CANDOR_ASSIGN(collected,
                collect_crash_records(folders, std::nullopt, agent.world().clock->now()));
  sight.crashes = local_crashes(collected);
  return sight;
}

Status tell_programs_advice(const Agent& agent) {
  if (agent.state().has(advice_file()) || !agent.state().has(kInsightsFile)) return Ok{};
  CANDOR_ASSIGN(kept, kept_insights(agent));
  if (!kept) return Ok{};
  const auto decided = agent.decision_stands();
  CANDOR_ASSIGN(lock, agent.state().lock());
  return decided() ? write_advice(agent, *kept) : Ok{};
}

Status drop_advice(const StateFolder& state) {
  if (!state.has(library::kFolder)) return Ok{};
  CANDOR_ASSIGN(lock, state.lock());
  CANDOR_TRY(remove_seen(state));
  return state.remove(advice_file());
}

}  // namespace candor
