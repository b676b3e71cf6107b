#include "agent/relaying.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/outbox/last_failure.h"
#include "agent/relay/limits.h"
#include "base/digest.h"
#include "base/log.h"
#include "wire/url.h"

namespace candor {
namespace {}  // namespace

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
      desk_(visitors_, books_, system_clock()),
      client_(make_http_client()) {}

Status Relay::begin() {
  // What the first request finds is what may leave.
  {
    const MutexLock looking(looking_);
    look(Files::kAlways);
  }
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

AgentWorld Relay::world(std::shared_ptr<const std::atomic<bool>> stands) const {
  AgentWorld world;
  world.environment = environment_;
  world.keep_going = [this, stands = std::move(stands)] { return !stopping_ && *stands; };
  world.note = [](const std::string& note) { log_warning("{}", note); };
  return world;
}

void Relay::follow() {
  {
    const MutexLock looking(looking_);
    look(Files::kAlways);
  }
  if (const auto written = books_.write(); !written.ok()) tell(written.error());
  work_came();
}

void Relay::look(Files files) {
  std::shared_ptr<const Agent> before;
  {
    const MutexLock lock(mutex_);
    before = agent_;
  }
  auto stand = std::make_shared<std::atomic<bool>>(true);
  auto opened = Agent::open(paths_, world(stand), before.get());
  // A configuration that is wrong is told about by the agent; the one of before stays.
  if (!opened.ok()) return;
  const auto agent = std::make_shared<const Agent>(*std::move(opened));
  look_who_it_is();
  auto leave = event_leave(agent);
  if (!leave.ok()) tell(leave.error());
  const bool is_on = leave.ok() && *leave != nullptr;
  Terms terms;
  if (is_on) terms.channels = (*leave)->sieve->channels();
  terms.contract = agent->contract().hash;
  if (auto uplink = event_uplink_options(agent->settings(), agent->contract()); uplink.ok())
    terms.uplink = {uplink->endpoint, uplink->path,      uplink->proxy,
                    uplink->ca_file,  uplink->write_key, uplink->receipt_key};
  terms.domain = agent->settings().text("relay_domain");
  const bool changed = !before || terms != terms_;
  const bool to_settle = changed || files == Files::kAlways;
  // Files that are gone by now went with the decision, or with their channel.
  if (to_settle) settle(leave_ && leave_->stands() ? "channel_off" : "off");
  leave_ = is_on ? *std::move(leave) : nullptr;
  desk_.allow(leave_);
  if (to_settle) {
    if (const auto dropped = drop_unwanted_events(*agent, relay_); !dropped.ok())
      tell(dropped.error());
    settle(is_on ? "channel_off" : "off");
  }
  if (!changed) return;
  // A transfer under the old ones ends; the next begins with these.
  if (stand_) *stand_ = false;
  stand_ = std::move(stand);
  terms_ = std::move(terms);
  {
    const MutexLock lock(mutex_);
    agent_ = agent;
    may_send_ = is_on;
    begin_anew_ = true;
  }
  work_came();
}

// After a forget the counts are of nobody that was.
void Relay::look_who_it_is() {
  const auto identity = read_identity(state_);
  if (!identity.ok()) return;
  auto now = *identity ? (*identity)->installation : std::string();
  const bool is_forgotten = !installation_.empty() && now != installation_;
  installation_ = std::move(now);
  if (!is_forgotten) return;
  desk_.allow(nullptr);
  books_.begin_anew(system_clock().now());
}

void Relay::settle(std::string_view reason) {
  books_.settle(Outbox(relay_, kEventFileLimits), reason);
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
    const bool is_due = desk_.wait(stop, patience);
    {
      const MutexLock looking(looking_);
      look(Files::kWhenChanged);
      if (is_due) seal();
    }
    if (const auto written = books_.write(); !written.ok()) tell(written.error());
  }
  const MutexLock looking(looking_);
  look(Files::kWhenChanged);
  while (seal() > 0) continue;
}

// How many events there were.
std::size_t Relay::seal() {
  const auto harvest = desk_.take();
  if (!harvest.events.empty()) keep(harvest);
  return harvest.events.size();
}

void Relay::keep(const EventHarvest& harvest) {
  const auto count = harvest.events.size();
  if (!harvest.leave) return books_.dropped("off", count);
  const auto kept = keep_events(relay_, harvest, system_clock().now(), [&](const std::string& id) {
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

bool Relay::wait_to_send(const std::stop_token& stop) {
  const MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    if (begin_anew_) {
      begin_anew_ = false;
      failures_ = 0;
      again_.reset();
      if (in_outage_.exchange(false)) desk_.wake();
    }
    const auto now = std::chrono::steady_clock::now();
    const bool may = work_ && may_send_ && agent_;
    if (may && (!again_ || *again_ <= now)) {
      work_ = false;
      return true;
    }
    if (may) {
      told_.wait_for(mutex_, *again_ - now);
    } else {
      told_.wait(mutex_);
    }
  }
  return false;
}

// The configuration and the policy that count are those of now; nullptr: nothing may leave.
std::shared_ptr<const Agent> Relay::look_before_sending() {
  const MutexLock looking(looking_);
  look(Files::kAlways);
  const MutexLock lock(mutex_);
  return may_send_ ? agent_ : nullptr;
}

void Relay::send_all(const std::stop_token& stop) {
  while (wait_to_send(stop)) {
    if (const auto agent = look_before_sending()) send(*agent);
  }
}

void Relay::send(const Agent& agent) {
  SendRequest request;
  request.tries = failures_;
  request.random = random_share();
  request.pace = kEventPace;
  request.limits = kEventFileLimits;
  const auto sent = send_events(agent, *client_, request);
  if (sent.ok()) books_.refused(sent->not_taken);
  // What a decision dropped meanwhile is for look() to count.
  books_.settle(Outbox(relay_, kEventFileLimits));
  if (const auto written = books_.write(); !written.ok()) tell(written.error());
  // What a decision or the end of the agent stopped did not fail.
  if (stopping_ || (sent.ok() && sent->sent.stopped)) return;
  if (!sent.ok()) return failed(agent, sent.error(), std::nullopt);
  const auto& summary = sent->sent;
  if (summary.refused > 0) {
    tell({ErrorKind::kGeneral,
          fmt::format("the collector refused files of events; they are kept in relay/refused/: {}",
                      summary.refusal)});
  }
  if (summary.error) return failed(agent, *summary.error, summary.retry_after);
  if (failures_ > 0) log_info("events are sent again");
  failures_ = 0;
  again_.reset();
  if (in_outage_.exchange(false)) desk_.wake();
  if (summary.left > 0) work_came();
}

void Relay::failed(const Agent& agent, const Error& error, std::optional<Millis> asked) {
  const auto now = system_clock().now();
  const auto wait = asked.value_or(next_step({}, failures_, now, random_share(), kEventPace).wait);
  if (failures_++ == 0) log_warning("events were not sent, and are tried again: {}", error.message);
  in_outage_ = true;
  again_ = std::chrono::steady_clock::now() + wait;
  [[maybe_unused]] const auto ignored =
      note_failure(relay_of(agent.state()), {now, error.message, now + wait});
  work_came();
}

}  // namespace candor
