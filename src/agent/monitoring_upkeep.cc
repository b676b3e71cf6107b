#include "agent/monitoring_upkeep.h"

#include <algorithm>

#include "base/log.h"

namespace candor {
namespace {

Instant in_a_minute() { return system_clock().now() + std::chrono::minutes(1); }

}  // namespace

std::optional<Instant> MonitoringUpkeep::tend(const Agent& agent) {
  // First, so that monitoring offers what runs now.
  const auto sonar = tend_sonar(agent);
  const auto monitoring = tend_monitoring(agent);
  return sonar && monitoring ? std::min(*sonar, *monitoring) : sonar ? sonar : monitoring;
}

std::optional<Instant> MonitoringUpkeep::tend_sonar(const Agent& agent) {
  auto plan = sonar_plan(agent.settings());
  if (!plan.ok()) return no_sonar(plan.error());
  if (sonar_ && (!*plan || sonar_->plan() != **plan)) end_sonar();
  if (!*plan || sonar_) return std::nullopt;
  const auto readable = readable_password(agent.settings());
  if (!readable.empty()) log_warning("{}", readable);
  auto started = Sonar::start({**std::move(plan), agent.state().file(kSonarFolder)});
  if (!started.ok()) return no_sonar(started.error());
  sonar_ = *std::move(started);
  said_of_sonar_.clear();
  return std::nullopt;
}

// Nobody else holds it then: it ends here, before another one begins.
void MonitoringUpkeep::end_sonar() {
  if (monitoring_) monitoring_->readings()->offer(nullptr);
  sonar_.reset();
}

std::optional<Instant> MonitoringUpkeep::no_sonar(const Error& error) {
  if (said_of_sonar_ != error.message) {
    log_warning("{}: {}", sonar_ ? "Sonar goes on as it was" : "Sonar does not run", error.message);
  }
  said_of_sonar_ = error.message;
  return in_a_minute();
}

std::optional<Instant> MonitoringUpkeep::tend_monitoring(const Agent& agent) {
  const auto options = monitoring_options(agent);
  if (!options.ok()) return no_monitoring(options.error());
  if (monitoring_ && (!*options || monitoring_->options() != **options)) {
    if (const auto can = check_monitoring(agent); !can.ok()) return no_monitoring(can.error());
    monitoring_.reset();
  }
  if (!*options) return std::nullopt;
  if (!monitoring_) {
    auto started = Monitoring::start(agent, **options);
    if (!started.ok()) return no_monitoring(started.error());
    monitoring_ = *std::move(started);
    said_.clear();
  }
  monitoring_->readings()->offer(sonar_);
  return std::nullopt;
}

std::optional<Instant> MonitoringUpkeep::no_monitoring(const Error& error) {
  if (said_ != error.message) {
    log_warning(
        "{}: {}",
        monitoring_ ? "metrics and health stay as they were" : "metrics and health are not offered",
        error.message);
  }
  said_ = error.message;
  return in_a_minute();
}

}  // namespace candor
