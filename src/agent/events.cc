#include "agent/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/programs/rings.h"
#include "base/build_version.h"
#include "wire/url.h"

namespace candor {
namespace {

Outbox outbox_of(const StateFolder& row) { return Outbox(row, kEventFileLimits); }

// Metrics that are pushed are no events, and go with them.
std::array<StateFolder, 3> rows_of(const StateFolder& state) {
  return {relay_of(state), programs_of(state), metrics_of(state)};
}

Status check_listen(const Settings& settings) {
  const auto& setting = settings.setting("relay_listen");
  const auto listen = settings.text("relay_listen");
  if (listen.find(':') == std::string::npos) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{}: relay_listen = \"{}\" is no address. Expected HOST:PORT, for "
                             "example 127.0.0.1:9480.",
                             setting.origin, listen)};
  }
  if (is_loopback_host(host_of(listen)) || settings.boolean("insecure")) return Ok{};
  return Error{
      ErrorKind::kConfiguration,
      fmt::format("{}: relay_listen = \"{}\" is plain http beyond this machine: anybody on "
                  "the way could read what users do. Listen on 127.0.0.1, behind the "
                  "product's web server, or allow it with: candor config set insecure "
                  "true",
                  setting.origin, listen)};
}

Status check_target(const Settings& settings, const Contract& contract) {
  if (settings.text("relay_target").empty()) {
    if (settings.text("wire") == "native") return Ok{};
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{}: an endpoint that speaks Segment takes no files of events. Name a "
                             "Plausible server: candor config set relay_target URL",
                             settings.setting("wire").origin)};
  }
  CANDOR_TRY(event_uplink_options(settings, contract));
  if (!settings.text("relay_domain").empty()) return Ok{};
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}: relay_target is a Plausible server, which knows pages by their "
                           "site. Name it: candor config set relay_domain panel.example.com",
                           settings.setting("relay_target").origin)};
}

Result<SendSummary> send_files(const Agent& agent, const StateFolder& row, UplinkOptions options,
                               HttpClient& client, Uplink::KeepGoing on, SendRequest request) {
  CANDOR_TRY(share_pinned_key(agent.state(), row));
  request.limits = kEventFileLimits;
  Uplink to_collector(std::move(options), client, std::move(on));
  return send_pending(row, to_collector, *agent.world().clock, request);
}

}  // namespace

Status drop_events(const StateFolder& state) {
  for (const auto& row : rows_of(state)) CANDOR_TRY(outbox_of(row).drop_pending());
  return Ok{};
}

Result<std::optional<RelayOptions>> relay_options(const Settings& settings,
                                                  const Contract& contract) {
  if (!settings.boolean("activatePlausibleTracking")) return std::optional<RelayOptions>();
  CANDOR_TRY(check_listen(settings));
  CANDOR_TRY(check_target(settings, contract));
  return std::optional(
      RelayOptions{settings.text("relay_listen"), settings.text("relay_trusted_proxies")});
}

Result<EventLeavePtr> event_leave(const std::shared_ptr<const Agent>& agent) {
  // First, so that a decision that comes meanwhile ends what is made here.
  auto stands = [agent, same = agent->decision_stands()] { return same(); };
  CANDOR_ASSIGN(decision, agent->decision());
  if (decision.mode != Mode::kOn || begun_forgetting(agent->state())) return EventLeavePtr();
  auto fields = agent->agreed_fields();
  // The operator is told by `candor status`.
  if (!fields.ok() && fields.error().kind == ErrorKind::kPending) return EventLeavePtr();
  if (!fields.ok()) return fields.error();
  const auto leaving = agent->leaving_channels(*fields);
  const auto of_events = event_channels(agent->contract());
  if (std::ranges::none_of(of_events, [&](const auto& name) { return leaving.contains(name); }))
    return EventLeavePtr();
  CANDOR_ASSIGN(identity, read_identity(agent->state()));
  if (!identity) return EventLeavePtr();
  EventTerms terms{ContractPtr(agent, &agent->contract()), *std::move(fields), leaving,
                   identity->key};
  auto sieve = std::make_shared<EventSieve>(std::move(terms), agent->world().clock->now());
  return EventLeavePtr(
      std::make_shared<const EventLeave>(EventLeave{std::move(sieve), std::move(stands)}));
}

Result<std::string> keep_events(const StateFolder& row, const EventHarvest& harvest, Instant now,
                                const std::function<Status(const std::string& id)>& announce) {
  const auto& leave = *harvest.leave;
  if (!leave.stands()) return decided_meanwhile("events");
  const auto sealed = seal_events(harvest.events, leave.sieve->contract(),
                                  fmt::format("candor {}", build_package()), now);
  // Through the folder around it, whose owner it gets.
  CANDOR_TRY(StateFolder(row.path().parent_path()).make(row.path().filename().native()));
  CANDOR_TRY(announce(sealed.id()));
  CANDOR_TRY(keep_pending(outbox_of(row), sealed, leave.stands, now, "events"));
  return sealed.id();
}

Status close_relay(const StateFolder& state, Instant now) {
  const auto relay = relay_of(state);
  if (!relay.has("counts.json") && !relay.has("outbox")) return Ok{};
  const auto outbox = outbox_of(relay);
  CANDOR_ASSIGN(pending, outbox.pending());
  const auto counts = read_relay_counts(relay);
  const bool is_closed = pending.empty() && (!counts || counts->listen.empty());
  if (is_closed) return Ok{};
  RelayBooks books(relay, now);
  CANDOR_TRY(outbox.drop_pending());
  books.settle(outbox, "off");
  books.listens_on("");
  return books.write();
}

Result<PlausibleSummary> send_events(const Agent& agent, HttpClient& client, SendRequest request) {
  auto on = agent.while_on();
  const auto relay = relay_of(agent.state());
  if (!relay.has("outbox")) return PlausibleSummary();
  CANDOR_ASSIGN(options, event_uplink_options(agent.settings(), agent.contract()));
  const auto& clock = *agent.world().clock;
  if (!agent.settings().text("relay_target").empty()) {
    const PlausibleTarget target{std::move(options), agent.settings().text("relay_domain")};
    return send_to_plausible(relay, target, client, std::move(on), clock, request);
  }
  CANDOR_ASSIGN(sent, send_files(agent, relay, std::move(options), client, std::move(on), request));
  return PlausibleSummary{std::move(sent), 0};
}

Result<SendSummary> send_program_events(const Agent& agent, HttpClient& client,
                                        SendRequest request) {
  auto on = agent.while_on();
  const auto programs = programs_of(agent.state());
  if (!programs.has("outbox")) return SendSummary();
  CANDOR_ASSIGN(options, program_uplink_options(agent.settings(), agent.contract()));
  // Unlike a page's, these say which installation they are of: who forgets it has to ask.
  CANDOR_TRY(note_posting(agent.state(), agent.world().clock->now()));
  return send_files(agent, programs, std::move(options), client, std::move(on), request);
}

Status drop_unwanted_events(const Agent& agent, const StateFolder& row) {
  const auto outbox = outbox_of(row);
  CANDOR_ASSIGN(damaged, outbox.drop_damaged());
  for (const auto& note : damaged) agent.world().note(note);
  const auto on = agent.leaving_channels();
  CANDOR_ASSIGN(pending, outbox.pending());
  for (const auto& file : pending) {
    const auto bytes = outbox.read(file.id);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) continue;
    if (!bytes.ok()) return bytes.error();
    if (!may_still_leave(*bytes, agent.contract().product, on)) CANDOR_TRY(outbox.drop(file.id));
  }
  return Ok{};
}

Status drop_unwanted_events(const Agent& agent) {
  for (const auto& row : rows_of(agent.state())) CANDOR_TRY(drop_unwanted_events(agent, row));
  return Ok{};
}

}  // namespace candor
