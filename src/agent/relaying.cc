#include "agent/relaying.h"

#include <fmt/format.h>

#include "agent/outbox/last_failure.h"
#include "agent/relay/limits.h"
#include "base/log.h"

namespace candor {
namespace {

// "127.0.0.1:0" with the port that the system chose.
std::string with_port(std::string_view listen, std::uint16_t port) {
  return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
}

}  // namespace

Result<std::unique_ptr<Relay>> Relay::start(const Paths& paths, const Environment& environment,
                                            const RelayOptions& options, const Agent& agent) {
  std::unique_ptr<Relay> relay(new Relay(paths, environment, options, agent));
  CANDOR_TRY(relay->begin());
  return relay;
}

Relay::Relay(const Paths& paths, const Environment& environment, const RelayOptions& options,
             const Agent& agent)
    : paths_(paths),
      environment_(environment),
      options_(options),
      state_(agent.state()),
      relay_(relay_of(agent.state())),
      visitors_({options.trusted_proxies}),
      salt_keeper_(visitors_, system_clock()),
      books_(relay_, system_clock().now()),
      desk_(visitors_, books_, system_clock()) {}

Status Relay::begin() {
  HttpServerOptions options;
  options.listen = options_.listen;
  options.body_limit = EventDesk::body_limit;
  CANDOR_ASSIGN(server, HttpServer::start(std::move(options), [this](const HttpRequest& request,
                                                                     const Respond& respond) {
                  respond(desk_.answer(request));
                }));
  server_ = std::move(server);
  const auto address = with_port(options_.listen, server_->port());
  books_.listens_on(address);
  const auto written = books_.write();
  if (!written.ok()) tell(written.error());
  log_info("the relay of web analytics listens on http://{}", address);
  sealer_ = std::jthread([this](const std::stop_token& stop) { seal_all(stop); });
  sender_ = std::jthread([this](const std::stop_token& stop) { send_all(stop); });
  return Ok{};
}

Relay::~Relay() {
  if (!server_) return;
  server_->stop(kRelayStopGrace);
  sealer_.request_stop();
  sealer_.join();
  stopping_ = true;
  sender_.request_stop();
  work_came();
  sender_.join();
  books_.listens_on("");
  [[maybe_unused]] const auto ignored = books_.write();
}

AgentWorld Relay::world() const {
  AgentWorld world;
  world.environment = environment_;
  world.keep_going = [this] { return !stopping_; };
  world.note = [](const std::string& note) { log_warning("{}", note); };
  return world;
}

void Relay::follow() {
  std::shared_ptr<const Agent> before;
  {
    const MutexLock lock(mutex_);
    before = agent_;
  }
  auto opened = Agent::open(paths_, world(), before.get());
  // A configuration that is wrong is told about by the agent; the one of before stays.
  if (!opened.ok()) return;
  const auto agent = std::make_shared<const Agent>(*std::move(opened));
  auto leave = event_leave(agent);
  if (!leave.ok()) tell(leave.error());
  const bool is_on = leave.ok() && *leave != nullptr;
  const Outbox outbox(relay_, kEventFileLimits);
  // Files that are gone by now went with the decision, or with their channel.
  books_.settle(outbox, leave_ && leave_->stands() ? "channel_off" : "off");
  leave_ = is_on ? *std::move(leave) : nullptr;
  desk_.allow(leave_);
  if (const auto dropped = drop_unwanted_events(*agent); !dropped.ok()) tell(dropped.error());
  books_.settle(outbox, is_on ? "channel_off" : "off");
  if (const auto written = books_.write(); !written.ok()) tell(written.error());
  {
    const MutexLock lock(mutex_);
    agent_ = agent;
    may_send_ = is_on;
  }
  work_came();
}

void Relay::work_came() {
  const MutexLock lock(mutex_);
  work_ = true;
  told_.notify_all();
}

// Once for the same trouble: it may come every second.
void Relay::tell(const Error& error) {
  const MutexLock lock(mutex_);
  if (said_ != error.message) log_warning("the relay: {}", error.message);
  said_ = error.message;
}

void Relay::seal_all(const std::stop_token& stop) {
  const auto patience = [this] { return in_outage_ ? kSealAfterInOutage : kSealAfter; };
  while (!stop.stop_requested()) {
    seal(desk_.wait(stop, patience));
    if (const auto written = books_.write(); !written.ok()) tell(written.error());
  }
  for (auto rest = desk_.take(); !rest.events.empty(); rest = desk_.take()) seal(rest);
}

void Relay::seal(const EventHarvest& harvest) {
  const auto count = harvest.events.size();
  if (count == 0) return;
  if (!harvest.leave) return books_.dropped("off", count);
  const auto kept = keep_events(state_, harvest, system_clock().now(), [&](const std::string& id) {
    books_.sealing(id, count);
    return books_.write();
  });
  if (!kept.ok()) {
    const bool is_off = kept.error().kind == ErrorKind::kOff;
    if (!is_off) tell(kept.error());
    return books_.not_sealed(is_off ? "off" : "not_kept", count);
  }
  books_.sealed();
  work_came();
}

std::shared_ptr<const Agent> Relay::wait_to_send(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto now = std::chrono::steady_clock::now();
    const bool may = work_ && may_send_ && agent_;
    if (may && (!again_ || *again_ <= now)) {
      work_ = false;
      return agent_;
    }
    if (may) {
      told_.wait_for(mutex_, *again_ - now);
    } else {
      told_.wait(mutex_);
    }
  }
  return nullptr;
}

void Relay::send_all(const std::stop_token& stop) {
  while (const auto agent = wait_to_send(stop)) send(*agent);
}

void Relay::send(const Agent& agent) {
  SendRequest request;
  request.tries = failures_;
  request.random = std::uniform_real_distribution<double>(0.0, 1.0)(generator_);
  request.pace = kEventPace;
  request.limits = kEventFileLimits;
  const auto sent = send_events(agent, request);
  if (sent.ok()) books_.refused(sent->not_taken);
  // What a decision dropped meanwhile is for follow() to count.
  books_.settle(Outbox(relay_, kEventFileLimits));
  if (const auto written = books_.write(); !written.ok()) tell(written.error());
  // What a decision or the end of the agent stopped did not fail.
  if (stopping_ || (sent.ok() && sent->sent.stopped)) return;
  if (!sent.ok()) return failed(agent, sent.error(), std::nullopt);
  const auto& summary = sent->sent;
  if (summary.refused > 0)
    log_warning("the collector refused {} files of events; they are kept in relay/refused/: {}",
                summary.refused, summary.refusal);
  if (summary.error && summary.error->kind == ErrorKind::kOff) return;
  if (summary.error) return failed(agent, *summary.error, summary.retry_after);
  if (failures_ > 0) log_info("events are sent again");
  failures_ = 0;
  again_.reset();
  if (in_outage_.exchange(false)) desk_.wake();
  if (summary.left > 0) work_came();
}

void Relay::failed(const Agent& agent, const Error& error, std::optional<Millis> asked) {
  const auto now = system_clock().now();
  const auto random = std::uniform_real_distribution<double>(0.0, 1.0)(generator_);
  const auto wait = asked.value_or(next_step({}, failures_, now, random, kEventPace).wait);
  if (failures_++ == 0) log_warning("events were not sent, and are tried again: {}", error.message);
  in_outage_ = true;
  again_ = std::chrono::steady_clock::now() + wait;
  [[maybe_unused]] const auto ignored =
      note_failure(relay_of(agent.state()), {now, error.message, now + wait});
  work_came();
}

}  // namespace candor
