#include "agent/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "agent/device_upkeep.h"
#include "agent/devices.h"
#include "agent/insights_upkeep.h"
#include "agent/monitoring_upkeep.h"
#include "agent/outbox/last_failure.h"
#include "agent/program_upkeep.h"
#include "agent/programs/rings.h"
#include "agent/push_thread.h"
#include "agent/relaying.h"
#include "agent/upkeep.h"
#include "base/build_version.h"
#include "base/crash_recorder.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/systemd.h"

namespace candor {
namespace {

// How long the agent waits for a change when it cannot be told of one.
constexpr std::chrono::milliseconds kLookAgain{500};
constexpr std::chrono::hours kLongestWait{1};

volatile sig_atomic_t stop_asked = 0;
volatile sig_atomic_t reload_asked = 0;
int wake_pipe[2] = {-1, -1};

void on_signal(int signal) {
  if (signal == SIGHUP) {
    reload_asked = 1;
  } else {
    stop_asked = 1;
  }
  [[maybe_unused]] const auto ignored = ::write(wake_pipe[1], "", 1);
}

Status catch_signals() {
  if (::pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return system_error("open", "a pipe");
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(signal, &action, nullptr);
  return Ok{};
}

// IN_ATTRIB: what root writes can be read only when it has got the folder's owner.
constexpr std::uint32_t kChanges = IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_ATTRIB;
// A ring is there by a rename. That it is written to again and again is none.
constexpr std::uint32_t kNewRings = IN_MOVED_TO;

// Tells when something happens to files of a folder, if the folder is there.
class FolderWatch {
 public:
  FolderWatch(const Path& folder, std::uint32_t changes)
      : folder_(folder), changes_(changes), fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

  // Changes from now on are told.
  void begin() {
    if (watching_ || !fd_.is_open()) return;
    watching_ = ::inotify_add_watch(fd_.get(), folder_.c_str(), changes_) >= 0;
  }

  // The descriptor to wait on; -1 when nobody will tell.
  int descriptor() const { return watching_ ? fd_.get() : -1; }

  void forget_events() {
    char events[4096];
    while (::read(fd_.get(), events, sizeof events) > 0) {
    }
    // The event may have been the folder's own end; watching one anew that is watched is free.
    watching_ = false;
  }

 private:
  Path folder_;
  std::uint32_t changes_;
  FileDescriptor fd_;
  bool watching_ = false;
};

// Tells systemd's watchdog that the agent is alive, as often as it wants to hear.
class Heartbeat {
 public:
  explicit Heartbeat(const Environment& environment)
      : environment_(environment),
        interval_(watchdog_interval(environment)),
        last_(std::chrono::steady_clock::now()) {}

  std::optional<Millis> interval() const { return interval_; }
  void beat() {
    const auto now = std::chrono::steady_clock::now();
    if (!interval_ || now - last_ < *interval_) return;
    last_ = now;
    tell_systemd(environment_, "WATCHDOG=1");
  }

 private:
  Environment environment_;
  std::optional<Millis> interval_;
  std::chrono::steady_clock::time_point last_;
};

AgentWorld world_of(const Environment& environment, const std::shared_ptr<Heartbeat>& heart) {
  AgentWorld world;
  world.environment = environment;
  world.keep_going = [heart] {
    heart->beat();
    return stop_asked == 0;
  };
  world.note = [](const std::string& note) { log_warning("{}", note); };
  return world;
}

class Daemon {
 public:
  Daemon(const Paths& paths, const Environment& environment, std::shared_ptr<Heartbeat> heart,
         Agent agent)
      : paths_(paths),
        environment_(environment),
        heart_(std::move(heart)),
        agent_(std::move(agent)),
        watch_(agent_.state().path(), kChanges),
        ring_watch_(programs_of(agent_.state()).path(), kNewRings) {}

  Status run() {
    CANDOR_TRY(hold_lock());
    tell_systemd(environment_, "READY=1");
    log_info("agent of product {} started; reports every {} h", agent_.contract().product,
             agent_.interval().count());
    while (!stop_asked) {
      // Before looking, so that no change falls between.
      watch_.begin();
      ring_watch_.begin();
      // Before there is a decision, the folder is looked for twice a second.
      if (reload_asked || agent_.state().has("consent.json")) reload();
      tell_notice();
      CANDOR_TRY(hold_lock());
      const auto monitoring = monitoring_upkeep_.tend(agent_);
      push_.follow(agent_, monitoring_upkeep_.readings());
      const auto relay = tend_relay();
      const auto reports = work();
      const auto devices = stop_asked ? std::nullopt : work_on_devices();
      const auto programs = stop_asked ? std::nullopt : program_upkeep_.work(agent_);
      const auto insights =
          stop_asked ? std::nullopt : insights_upkeep_.tend(agent_, random_share());
      // Who looks again by himself need not be told of each program that begins.
      wait(soonest({monitoring, relay, reports, devices, programs, insights}),
           program_upkeep_.looks_at_rings() ? -1 : ring_watch_.descriptor());
    }
    push_.end();
    relay_.reset();
    monitoring_upkeep_ = {};
    tell_systemd(environment_, "STOPPING=1");
    log_info("agent stopped");
    return Ok{};
  }

 private:
  // The folder may be made later, by the first decision.
  Status hold_lock() {
    if (lock_) return Ok{};
    CANDOR_ASSIGN(lock, lock_agent(agent_.state()));
    lock_ = std::move(lock);
    return Ok{};
  }

  // Of a product that is on unless refused: the log is where the operator is told.
  void tell_notice() {
    const auto notice = agent_.give_notice();
    if (!notice.ok() || !*notice) return;
    std::istringstream lines(**notice);
    for (std::string line; std::getline(lines, line);) log_warning("{}", line);
  }

  void reload() {
    reload_asked = 0;
    auto fresh = Agent::open(paths_, world_of(environment_, heart_), &agent_);
    const auto wrong = fresh.ok() ? std::string() : fresh.error().message;
    if (!wrong.empty() && wrong != said_wrong_)
      log_warning("the configuration is wrong, the old one stays: {}", wrong);
    said_wrong_ = wrong;
    if (!fresh.ok()) return;
    agent_ = std::move(*fresh);
  }

  // The relay runs while the configuration says so, and hears of every change. When to look again,
  // where it could not begin.
  std::optional<Instant> tend_relay() {
    const auto options = relay_options(agent_.settings(), agent_.contract());
    if (!options.ok()) return no_relay(options.error());
    if (relay_ && (!*options || relay_->options() != **options)) relay_.reset();
    if (!*options) {
      const auto closed = close_relay(agent_.state(), system_clock().now());
      return closed.ok() ? std::nullopt : no_relay(closed.error());
    }
    if (!relay_) {
      auto started = Relay::start(paths_, environment_, **options, agent_);
      if (!started.ok()) return no_relay(started.error());
      relay_ = *std::move(started);
      said_relay_.clear();
    }
    relay_->follow();
    return std::nullopt;
  }

  std::optional<Instant> no_relay(const Error& error) {
    relay_.reset();
    if (said_relay_ != error.message) log_warning("the relay does not run: {}", error.message);
    said_relay_ = error.message;
    return system_clock().now() + std::chrono::minutes(1);
  }

  // The same for device reports, which keep away from the others.
  std::optional<Instant> work_on_devices() {
    auto look = device_upkeep_.look(agent_, beside_report_);
    if (!look.due) return look.wake;
    reload();
    look = device_upkeep_.look(agent_, beside_report_);
    return look.due ? device_upkeep_.send(agent_) : look.wake;
  }

  // Does what is due; when to look again.
  std::optional<Instant> work() {
    beside_report_ = false;
    const auto view = look();
    if (!view.ok()) return trouble_with(view.error());
    const auto now = system_clock().now();
    auto plan = candor::plan(*view, trouble_, now);
    beside_report_ = plan.seal || plan.send;
    if (plan.seal) seal();
    if (plan.send && !stop_asked) send();
    if (!plan.seal && !plan.send) return plan.wake;
    const auto after = look();
    if (!after.ok()) return trouble_with(after.error());
    plan = candor::plan(*after, trouble_, system_clock().now());
    return plan.seal || plan.send ? system_clock().now() : plan.wake;
  }

  Result<UpkeepView> look() {
    const auto decided = agent_.decision();
    if (!decided.ok()) {
      // One that cannot be read is an off to programs; of others note_leaving() tells them.
      CANDOR_TRY(agent_.tell_programs(Agent::Eyes::kAgent));
      return decided.error();
    }
    const auto& decision = *decided;
    if (said_ != decision.reason)
      log_info("telemetry is {}: {}", name_of(decision.mode), decision.reason);
    // What failed under another decision says nothing about this one.
    if (said_ != decision.reason) trouble_ = {};
    said_ = decision.reason;
    keep_crash_records(decision.mode != Mode::kOff);
    CANDOR_TRY(agent_.note_leaving(Agent::Eyes::kAgent));
    return agent_.upkeep_view();
  }

  std::optional<Instant> trouble_with(const Error& error) {
    if (said_ != error.message) log_error("{}", error.message);
    said_ = error.message;
    return system_clock().now() + std::chrono::minutes(1);
  }

  Millis pause_after(int failures) {
    return next_step({}, failures, system_clock().now(), random_share()).wait +
           std::chrono::seconds(1);
  }

  void seal() {
    reload();
    const auto sealed = agent_.seal_now();
    if (sealed.ok()) {
      trouble_.collect_failures = 0;
      trouble_.collect_again.reset();
      log_info("sealed report {} ({} bytes)", sealed->id, sealed->bytes.size());
      return;
    }
    if (sealed.error().kind == ErrorKind::kOff || stop_asked) return;
    const auto pause = pause_after(trouble_.collect_failures++);
    trouble_.collect_again = system_clock().now() + pause;
    log_warning("no report this time, again in {} s: {}", pause.count() / 1000,
                sealed.error().message);
  }

  void send() {
    // A channel that was switched off since counts for what is pending, too.
    reload();
    const auto summary = agent_.send({trouble_.send_failures, random_share()});
    std::optional<Error> problem;
    if (!summary.ok()) problem = summary.error();
    if (summary.ok() && summary->sent > 0)
      log_info("sent {} of the pending reports: {}", summary->sent, summary->status);
    if (summary.ok() && summary->refused > 0) {
      log_warning("the collector refused {} of the pending reports; they are kept in refused/: {}",
                  summary->refused, summary->refusal);
    }
    if (summary.ok() && summary->error) problem = summary->error;
    // The next look tells, or sends what stayed.
    if (summary.ok() && summary->stopped) return;
    if (problem && problem->kind == ErrorKind::kOff) return;
    if (!problem) {
      trouble_.send_failures = 0;
      trouble_.send_again.reset();
      return;
    }
    if (stop_asked) return;
    auto pause = pause_after(trouble_.send_failures++);
    if (summary.ok() && summary->retry_after) pause = std::max(pause, *summary->retry_after);
    trouble_.send_again = system_clock().now() + pause;
    if (!summary.ok() || !summary->busy)
      (void)note_failure(agent_.state(),
                         {system_clock().now(), problem->message, trouble_.send_again});
    log_warning("not sent, again in {} s: {}", pause.count() / 1000, problem->message);
  }

  // Until then, or until something happens; `rings` tells of a new one, unless it is -1.
  void wait(std::optional<Instant> until, int rings) {
    // A policy or a configuration that changes tells nobody.
    const auto latest = system_clock().now() + kLongestWait;
    const auto end = std::min(until.value_or(latest), latest);
    // A day may pass; what parsing a contract took is the machine's again meanwhile.
    ::malloc_trim(0);
    while (!stop_asked && !reload_asked) {
      heart_->beat();
      auto left = std::clamp<Millis>(end - system_clock().now(), Millis(0), kLongestWait);
      const int watched = watch_.descriptor();
      if (watched < 0) left = std::min(left, kLookAgain);
      if (heart_->interval()) left = std::min(left, *heart_->interval());
      pollfd waiting[] = {{wake_pipe[0], POLLIN, 0}, {watched, POLLIN, 0}, {rings, POLLIN, 0}};
      ::poll(waiting, std::size(waiting), static_cast<int>(left.count()));
      char drained[64];
      while (::read(wake_pipe[0], drained, sizeof drained) > 0) {
      }
      if (waiting[1].revents != 0) watch_.forget_events();
      if (waiting[2].revents != 0) ring_watch_.forget_events();
      if (waiting[1].revents != 0 || waiting[2].revents != 0) return;
      if (watched < 0 || system_clock().now() >= end) return;
    }
  }

  Paths paths_;
  Environment environment_;
  std::shared_ptr<Heartbeat> heart_;
  Agent agent_;
  FolderWatch watch_;
  FolderWatch ring_watch_;
  std::optional<FileLock> lock_;
  UpkeepTrouble trouble_;
  DeviceUpkeep device_upkeep_;
  ProgramUpkeep program_upkeep_;
  InsightsUpkeep insights_upkeep_;
  bool beside_report_ = false;
  MonitoringUpkeep monitoring_upkeep_;
  PushThread push_;
  std::unique_ptr<Relay> relay_;
  std::string said_relay_;
  std::string said_;
  std::string said_wrong_;  // of the configuration
};

}  // namespace

Status run_agent(const Paths& paths, const Environment& environment) {
  // Threads here look names up, or are the relay's few, which handle little: none of them needs a
  // heap of its own.
  ::mallopt(M_ARENA_MAX, 1);
  CANDOR_TRY(catch_signals());
  const auto heart = std::make_shared<Heartbeat>(environment);
  auto agent = Agent::open(paths, world_of(environment, heart));
  if (!agent.ok()) return agent.error();
  // Said at the start, when somebody looks, and not at the first report.
  CANDOR_TRY(check_uplink(agent->settings(), agent->contract()));
  CANDOR_TRY(relay_options(agent->settings(), agent->contract()));
  CANDOR_TRY(check_monitoring(*agent));
  const auto devices = device_uplink_options(agent->settings(), agent->contract());
  if (!devices.ok() && DeviceReports(*agent).are_on())
    log_warning("no device report can be sent: {}", devices.error().message);
  CANDOR_TRY(record_crashes(agent->state().file(kCrashFolder), "candor agent", build_package()));
  keep_crash_records(false);  // until it is known that telemetry is on
  return Daemon(paths, environment, heart, std::move(*agent)).run();
}

}  // namespace candor
