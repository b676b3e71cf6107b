#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "agent/collect/collectors.h"
#include "base/counted.h"
#include "cli/commands.h"
#include "cli/status_overview.h"
#include "cli/wrap.h"
#include "contract/docs.h"

namespace candor {
namespace {

constexpr std::size_t kValueColumn = 13;  // where values begin

Json time_or_null(const std::optional<Instant>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

Json json_of(const Agent& agent, const StatusOverview& seen) {
  const auto on = agent.channels();
  Json channels = Json::array();
  for (const auto& channel : agent.contract().channels) {
    channels.push_back({{"name", channel.name}, {"on", on.contains(channel.name)}});
  }
  const bool agreed = seen.consent && seen.consent->state == Mode::kOn;
  Json consent = nullptr;
  if (agreed) {
    consent = {
        {"given_at", time_or_null(seen.consent->given_at)},
        {"how", seen.consent->how},
        {"licence", seen.consent->licence.empty() ? Json(nullptr) : Json(seen.consent->licence)},
        {"contract", seen.consent->contract_hash},
        {"confirmed_by", seen.consent->confirmed_by},
        {"starts_at", time_or_null(seen.consent->starts_at)},
        {"pending", seen.standing.withheld},
        {"pending_starts_at", time_or_null(seen.standing.starts_at)},
        {"unconfirmed", seen.standing.unconfirmed},
        {"problem", seen.standing.problem.empty() ? Json(nullptr) : Json(seen.standing.problem)}};
  }
  return {{"telemetry", name_of(seen.decision.mode)},
          {"reason", seen.decision.reason},
          {"product", agent.contract().product},
          {"contract", agent.contract().hash},
          {"installation", seen.identity ? Json(seen.identity->installation) : Json(nullptr)},
          {"adopted", seen.identity && seen.identity->adopted},
          {"forgetting",
           seen.forgetting ? Json{{"begun_at", time_or_null(seen.forgetting->at)}} : Json(nullptr)},
          {"consent", std::move(consent)},
          {"consent_pending", seen.standing.is_pending()},
          {"purposes", purposes_of(agent.contract())},
          {"retention_days", agent.contract().retention_days},
          {"channels", std::move(channels)},
          {"interval_hours", agent.interval().count()},
          {"last_upload", seen.last ? time_or_null(seen.last->sent_at) : Json(nullptr)},
          {"last_status", seen.last ? Json(seen.last->status) : Json(nullptr)},
          {"log_damage", seen.log_damage},
          {"last_failure", json_of(seen.failure)},
          {"next_report", time_or_null(seen.next)},
          {"endpoint", seen.endpoint},
          {"endpoint_problem",
           seen.endpoint_problem.empty() ? Json(nullptr) : Json(seen.endpoint_problem)},
          {"proxy", seen.proxy.empty() ? Json(nullptr) : Json(seen.proxy)},
          {"receipt_key", seen.key_pinned ? "pinned" : "not_pinned"},
          {"pending", seen.pending},
          {"refused", seen.refused},
          {"lost", seen.lost},
          {"device_reports", json_of(seen.devices)},
          {"relay", json_of(seen.relay)},
          {"programs", json_of(seen.programs)},
          {"metrics", json_of(seen.metrics)},
          {"agent_runs", seen.agent_runs ? Json(*seen.agent_runs) : Json(nullptr)},
          {"contact", agent.contract().contact},
          {"state", agent.state().path().string()},
          {"config", agent.paths().config_file.string()}};
}

class Sheet {
 public:
  void row(std::string_view name, std::string_view value) {
    text_ += fmt::format("{:<{}}{}\n", name, kValueColumn,
                         wrapped(value, terminal_width(STDOUT_FILENO), kValueColumn, kValueColumn));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string channels_text(const Agent& agent) {
  const auto on = agent.channels();
  std::vector<std::string> parts;
  for (const auto& channel : agent.contract().channels) {
    parts.push_back(fmt::format("{} {}", channel.name, on.contains(channel.name) ? "on" : "off"));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string consent_text(const StatusOverview& seen) {
  if (!seen.consent || seen.consent->state != Mode::kOn) return "none";
  auto text = seen.consent->given_at ? "given " + format_rfc3339(*seen.consent->given_at)
                                     : std::string("given");
  if (seen.consent->how == kByNotice) {
    if (seen.consent->is_waiting(system_clock().now()))
      return fmt::format("announced {}, begins {} unless refused",
                         format_rfc3339(seen.consent->given_at.value_or(Instant{})),
                         format_rfc3339(*seen.consent->starts_at));
    text += " by a notice that nobody refused";
  } else if (!seen.consent->how.empty()) {
    text += fmt::format(" with `{}`", seen.consent->how);
  }
  if (!seen.consent->licence.empty()) text += ", licence " + seen.consent->licence;
  for (const auto& [channel, who] : seen.consent->confirmed_by)
    text += fmt::format(", {} confirmed by {}", channel, who);
  return text;
}

std::string installation_text(const Agent& agent, const StatusOverview& seen) {
  if (!seen.identity) {
    return may_have_identity(agent.contract())
               ? "none yet; `candor on` takes the cluster's own, or makes one if it has none"
               : "none yet; one is made by `candor on`";
  }
  return seen.identity->installation + (seen.identity->adopted ? " (the cluster's own)" : "");
}

std::string endpoint_text(const StatusOverview& seen) {
  if (seen.endpoint.empty()) return "none; set one with: candor config set endpoint https://HOST";
  if (!seen.endpoint_problem.empty())
    return fmt::format("{}; nothing can be sent: {}", seen.endpoint, seen.endpoint_problem);
  return seen.endpoint;
}

std::string agent_text(const StatusOverview& seen) {
  if (!seen.agent_runs) return "not known: there is no state folder yet";
  return *seen.agent_runs ? "`candor agent` runs" : "`candor agent` does not run";
}

std::string last_text(const StatusOverview& seen) {
  if (seen.last)
    return fmt::format("{} ({})", format_rfc3339(seen.last->sent_at), seen.last->status);
  return seen.log_damage.empty() ? "never" : "not known: the log of it is damaged";
}

std::string next_text(const StatusOverview& seen, Instant now) {
  if (!seen.next) return seen.no_next;
  const auto when = *seen.next <= now ? std::string("now") : format_rfc3339(*seen.next);
  return seen.agent_runs.value_or(false) ? when : when + ", if `candor agent` runs";
}

std::string text_of(const Agent& agent, const StatusOverview& seen, const Output& out) {
  const auto mode = seen.decision.mode;
  const auto paint = mode == Mode::kOn ? Output::Paint::kGood : Output::Paint::kCareful;
  Sheet sheet;
  sheet.row("telemetry",
            fmt::format("{}. {}", out.paint(paint, name_of(mode)), seen.decision.reason));
  sheet.row("product", fmt::format("{} (contract {})", agent.contract().product,
                                   agent.contract().hash.substr(0, 12)));
  sheet.row(
      "purpose",
      fmt::format("{}; kept for {}; contact {}", fmt::join(purposes_of(agent.contract()), ", "),
                  counted(static_cast<std::uint64_t>(agent.contract().retention_days), "day"),
                  agent.contract().contact));
  sheet.row("installation", installation_text(agent, seen));
  if (seen.forgetting) {
    sheet.row("forgetting",
              fmt::format("begun{}, and not done yet; go on with: candor forget",
                          seen.forgetting->at ? " " + format_rfc3339(*seen.forgetting->at) : ""));
  }
  sheet.row("consent", consent_text(seen));
  sheet.row("channels", channels_text(agent) +
                            (mode == Mode::kOff ? " (no effect while telemetry is off)" : ""));
  sheet.row("interval", fmt::format("{} h", agent.interval().count()));
  sheet.row("agent", agent_text(seen));
  sheet.row("last upload", last_text(seen));
  if (!seen.log_damage.empty()) sheet.row("audit log", damage_text(seen.log_damage, "candor log"));
  if (seen.failure) sheet.row("last failure", text_of(*seen.failure));
  sheet.row("next report", next_text(seen, system_clock().now()));
  sheet.row("endpoint", endpoint_text(seen));
  sheet.row("proxy", seen.proxy.empty() ? "none" : seen.proxy);
  sheet.row("receipt key",
            !seen.endpoint_problem.empty() ? "unknown while the endpoint or the wire is wrong"
            : agent.settings().text("wire") == "segment"
                ? "none: a Segment-compatible endpoint signs no receipts"
            : seen.key_pinned
                ? "pinned"
                : "not pinned yet; that happens at the first contact with the collector");
  sheet.row("pending", seen.lost == 0
                           ? fmt::to_string(seen.pending)
                           : fmt::format("{}; {} dropped unsent, which the next report will tell",
                                         seen.pending, seen.lost));
  sheet.row("refused", fmt::to_string(seen.refused));
  if (seen.devices) sheet.row("devices", text_of(*seen.devices, mode));
  if (seen.relay) sheet.row("relay", text_of(*seen.relay, seen.agent_runs.value_or(false)));
  if (seen.programs) sheet.row("programs", text_of(*seen.programs));
  if (seen.metrics) sheet.row("metrics", text_of(*seen.metrics, seen.agent_runs));
  sheet.row("state", agent.state().path().string());
  return sheet.take();
}

void tell_pending(const Standing& standing, const Agent& agent, Output& out) {
  if (!standing.problem.empty()) out.warn(standing.problem);
  if (!standing.withheld.empty()) {
    const auto from = standing.starts_at ? fmt::format("until {}, when a notice lets go of it",
                                                       format_rfc3339(*standing.starts_at))
                                         : std::string("until you agree with `candor on`");
    out.warn(fmt::format(
        "The contract has {} that you have not agreed to, and {} home {}. `candor diff` tells what "
        "and why: {}",
        counted(standing.withheld.size(), "field"),
        standing.withheld.size() == 1 ? "it stays" : "they stay", from,
        fmt::join(standing.withheld, ", ")));
  }
  for (const auto& channel : standing.unconfirmed) {
    out.warn(fmt::format(
        "The channel {0} is on, but nobody confirmed it; nothing of it leaves. Ask {1}, then: "
        "candor channel enable {0} --confirmed-by WHO",
        channel, agent.contract().channel(channel)->confirmation));
  }
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  CANDOR_ASSIGN(seen, look(agent));
  context.answer(json_of(agent, seen),
                 context.globals.json ? "" : text_of(agent, seen, context.out));
  tell_pending(seen.standing, agent, context.out);
  return seen.standing.is_pending() ? kExitPending : kExitOk;
}

}  // namespace

Command status_command() {
  return {.name = "status",
          .summary = "say whether anything leaves, what, when, where to, and why",
          .about = "",
          .operands = {},
          .options = {},
          .examples = {{"candor status", ""}, {"candor status --json", ""}},
          .exit_codes = {{kExitPending,
                          "the contract declares more than you agreed to; that part stays home"},
                         {kExitBadData, "a file of the state folder is damaged"},
                         {kExitConfiguration, "configuration or contract is wrong"}},
          .children = {},
          .run = run};
}

}  // namespace candor
