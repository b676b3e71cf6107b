#include "server/ops/operations.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>

#include "base/digest.h"
#include "base/log.h"
#include "server/ops/limits.h"

namespace candor {

Result<std::unique_ptr<Operations>> Operations::open(const Path& root, OpsConfig ops,
                                                     MonitorConfig monitor, ProcessRunner run,
                                                     InstallationNames::Keyed keyed) {
  // A checker that hangs must not hold up the end.
  auto ends = std::make_shared<std::atomic<bool>>(false);
  OpsFolder folder(root, [run = std::move(run), ends](ProcessOptions options) {
    options.keep_going = [ends] { return !ends->load(); };
    return run(options);
  });
  CANDOR_ASSIGN(token, folder.token());
  return std::unique_ptr<Operations>(new Operations(std::move(folder), std::move(token),
                                                    std::move(ops), std::move(monitor),
                                                    std::move(keyed), std::move(ends)));
}

Operations::Operations(OpsFolder folder, std::string token, OpsConfig ops, MonitorConfig monitor,
                       InstallationNames::Keyed keyed, std::shared_ptr<std::atomic<bool>> ends)
    : ends_(std::move(ends)),
      token_(std::move(token)),
      start_(ops),
      folder_(std::move(folder)),
      ops_(std::move(ops)),
      monitor_(std::move(monitor)),
      pass_on_(std::make_shared<PassOn>(PassOn::Parts{std::move(keyed)}, start_.pushed)) {}

Operations::~Operations() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  ends_->store(true);
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Operations::begin(std::string own_url) {
  surroundings_.own_url = std::move(own_url);
  surroundings_.own_token_file = folder_.token_file();
  surroundings_.current = folder_.current();
  thread_ = std::jthread([this] { run(); });
}

void Operations::apply(OpsConfig ops, MonitorConfig monitor) {
  pass_on_->name(ops.pushed);
  {
    const MutexLock lock(mutex_);
    ops_ = std::move(ops);
    monitor_ = std::move(monitor);
    pending_ = true;
  }
  changed_.notify_all();
}

bool Operations::allows(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  return authorization.starts_with(kScheme) &&
         equal_secrets(std::string(authorization.substr(kScheme.size())), token_);
}

// Until it is to stop: what is pending is used; what could not be is tried again.
void Operations::run() {
  if (!find_addresses()) return;
  for (;;) {
    std::optional<std::pair<OpsConfig, MonitorConfig>> wanted;
    bool was_asked = false;
    {
      const MutexLock lock(mutex_);
      const auto again = std::chrono::steady_clock::now() + kConfigRetry;
      while (!stopping_ && !pending_) {
        if (config_ok_) {
          changed_.wait(mutex_);
        } else if (std::chrono::steady_clock::now() >= again) {
          break;
        } else {
          changed_.wait_for(mutex_, again - std::chrono::steady_clock::now());
        }
      }
      if (stopping_) break;
      was_asked = std::exchange(pending_, false);
      wanted.emplace(ops_, monitor_);
    }
    // Who reloads is told again what is wrong; what is tried again by itself tells it once.
    if (was_asked) told_.clear();
    configure(wanted->first, wanted->second);
  }
  stop_programs();
}

bool Operations::find_addresses() {
  auto prometheus = address_of(start_.prometheus, start_.prometheus_listen);
  auto alertmanager = address_of(start_.alertmanager, start_.alertmanager_listen);
  for (const auto* address : {&prometheus, &alertmanager}) {
    if (address->ok()) continue;
    log_error("the operations center does not start: {}", address->error().message);
    return false;
  }
  prometheus_at_ = *std::move(prometheus);
  alertmanager_at_ = *std::move(alertmanager);
  surroundings_.prometheus_url = prometheus_at_.url;
  surroundings_.alertmanager_url = alertmanager_at_.url;
  surroundings_.runs_prometheus = !prometheus_at_.listen.empty();
  pass_on_->begin(start_.remote_write_url.empty() ? prometheus_at_.url + "/api/v1/write"
                                                  : start_.remote_write_url);
  const MutexLock lock(mutex_);
  asked_prometheus_ = prometheus_at_.url;
  asked_alertmanager_ = alertmanager_at_.url;
  return true;
}

void Operations::configure(const OpsConfig& ops, const MonitorConfig& monitor) {
  const auto used = [&]() -> Result<OpsFolder::Swap> {
    // What the programs are started with stays until they are started anew.
    auto wanted = ops;
    wanted.external_url = start_.external_url;
    CANDOR_ASSIGN(files, ops_files(wanted, monitor, surroundings_));
    return folder_.use(files);
  }();
  if (!used.ok() && used.error().message != told_) {
    told_ = used.error().message;
    log_error("the operations center {}: {}",
              folder_.has_current() ? "keeps its old configuration" : "has no configuration",
              told_);
  }
  if (used.ok() && (*used == OpsFolder::Swap::kSwapped || !told_.empty())) {
    told_.clear();
    log_info("the operations center uses a new configuration, in {}", folder_.current().string());
    if (monitor.inboxes().empty())
      log_warning(
          "no alert is mailed to anybody: there are no addresses in monitor.alertAddresses and "
          "monitor.additionalAlertAddresses");
  }
  {
    const MutexLock lock(mutex_);
    config_ok_ = used.ok();
  }
  if (!folder_.has_current()) return;
  if (!start_programs() && used.ok() && *used == OpsFolder::Swap::kSwapped) reload();
}

bool Operations::start_programs() {
  const MutexLock lock(mutex_);
  if (started_) return false;
  started_ = true;
  const auto start = [](SupervisedProgram program, std::unique_ptr<Supervisor>& into) {
    auto supervisor = Supervisor::start(std::move(program));
    if (supervisor.ok()) {
      into = *std::move(supervisor);
    } else {
      log_error("{}", supervisor.error().message);
    }
  };
  if (!alertmanager_at_.listen.empty())
    start(alertmanager_program(start_, folder_, alertmanager_at_), alertmanager_);
  if (!prometheus_at_.listen.empty())
    start(prometheus_program(start_, folder_, prometheus_at_), prometheus_);
  return true;
}

void Operations::stop_programs() {
  std::unique_ptr<Supervisor> prometheus, alertmanager;
  {
    const MutexLock lock(mutex_);
    prometheus = std::move(prometheus_);
    alertmanager = std::move(alertmanager_);
  }
  // Who sends alerts goes before who takes them.
  prometheus.reset();
  alertmanager.reset();
}

void Operations::reload() const {
  const MutexLock lock(mutex_);
  for (const auto* program : {&prometheus_, &alertmanager_}) {
    if (*program) (*program)->send(SIGHUP);
  }
}

OpsSources Operations::sources() const {
  const MutexLock lock(mutex_);
  return {asked_prometheus_,    asked_alertmanager_, ops_.scrape,
          ops_.scrape_interval, ops_.pushed,         std::chrono::days(start_.retention_days)};
}

void Operations::add_metrics(Families& metrics) const {
  pass_on_->add_metrics(metrics);
  const MutexLock lock(mutex_);
  metrics.gauge("candor_ops_config_ok",
                "Whether Prometheus and Alertmanager use the newest configuration.",
                config_ok_ ? 1 : 0);
  const auto tell = [&metrics](const std::unique_ptr<Supervisor>& program, const char* name) {
    if (!program) return;
    const auto state = program->state();
    metrics.gauge("candor_ops_program_up", "Whether a supervised program answers.",
                  state.phase == SupervisedPhase::kReady ? 1 : 0, {{"program", name}});
    metrics.counter("candor_ops_program_restarts_total", "Its starts after the first.",
                    state.restarts, {{"program", name}});
  };
  tell(prometheus_, "prometheus");
  tell(alertmanager_, "alertmanager");
}

}  // namespace candor
