#include "agent/monitoring.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/limits.h"
#include "agent/outbox/outbox.h"
#include "agent/pushing.h"
#include "agent/scrape/limits.h"
#include "base/disk_room.h"
#include "base/log.h"
#include "base/pause.h"
#include "wire/web_config_file.h"

namespace candor {
namespace {

// Targets that fail are the product's trouble and not the agent's, so the status is its own.
HealthComponent sonar_component(const Sonar& sonar) {
  std::vector<std::string> failing;
  const auto targets = sonar.summary();
  for (const auto& [record, totals] : targets) {
    if (std::ranges::any_of(record.scans, [](const ScanRecord& scan) {
          return scan.standing == ScanStanding::kFailing;
        }))
      failing.push_back(record.target);
  }
  return {"sonar", failing.empty() ? std::string(kUp) : "FAILING",
          Json{{"targets", targets.size()}, {"failing", std::move(failing)}}};
}

Result<std::shared_ptr<WebConfigFile>> open_web_config(const MonitoringOptions& options) {
  return WebConfigFile::open(
      options.web_config_file,
      [listen = options.listen, origin = options.origin](const WebConfig& web) -> Status {
        auto checked = check_endpoint(listen, web);
        return checked.ok() ? std::move(checked) : std::move(checked).error().in(origin);
      });
}

}  // namespace

Result<std::optional<MonitoringOptions>> monitoring_options(const Agent& agent) {
  const auto& settings = agent.settings();
  MonitoringOptions options;
  options.listen = settings.text("monitor.listen");
  options.origin = settings.setting("monitor.listen").origin;
  if (options.listen.empty() && !has_metrics_to_push(agent))
    return std::optional<MonitoringOptions>();
  CANDOR_TRY(check_scrapes(settings));
  options.web_config_file = settings.text("monitor.web_config_file");
  options.scrapes = settings.scrapes();
  // Only what is scraped is held against the contract.
  if (!options.scrapes.empty()) options.contract = agent.contract().hash;
  return std::optional(std::move(options));
}

Status check_monitoring(const Agent& agent) {
  CANDOR_ASSIGN(options, monitoring_options(agent));
  if (!options) return Ok{};
  CANDOR_TRY(check_scrape_secrets(agent.settings()));
  if (!options->listen.empty()) CANDOR_TRY(open_web_config(*options));
  return Ok{};
}

Result<std::unique_ptr<Monitoring>> Monitoring::start(const Agent& agent,
                                                      const MonitoringOptions& options) {
  std::unique_ptr<Monitoring> monitoring(new Monitoring(agent, options));
  CANDOR_TRY(monitoring->begin(agent));
  return monitoring;
}

Monitoring::Monitoring(const Agent& agent, const MonitoringOptions& options)
    : options_(options), state_(agent.state()) {}

Monitoring::~Monitoring() = default;

Status Monitoring::begin(const Agent& agent) {
  CANDOR_ASSIGN(readings, Readings::of(agent, options_.scrapes));
  readings_ = std::move(readings);
  look();
  if (!options_.listen.empty()) CANDOR_TRY(serve());
  looker_ = std::jthread([this](const std::stop_token& stop) {
    for (pause(stop, kLookInterval); !stop.stop_requested(); pause(stop, kLookInterval)) look();
  });
  return Ok{};
}

Status Monitoring::serve() {
  CANDOR_ASSIGN(web, open_web_config(options_));
  web_ = std::move(web);
  readings_->serve_with(web_);
  EndpointParts parts;
  parts.metrics = [this](std::chrono::milliseconds limit) { return readings_->read(limit); };
  parts.longest = kServiceAnswerTime;
  parts.health = [this] { return health(); };
  parts.sonar = [this] { return scans(); };
  CANDOR_ASSIGN(endpoint, Endpoint::start(options_.listen, web_, std::move(parts)));
  endpoint_ = std::move(endpoint);
  log_info("metrics, health and version are at {}", endpoint_->url());
  return Ok{};
}

// Asks disk and outbox, so that nobody has to wait for them who asks for health.
void Monitoring::look() {
  Looked looked;
  looked.disk = disk_room(state_.path());
  if (const auto pending = Outbox(state_).pending(); pending.ok()) {
    looked.pending = pending->size();
    if (!pending->empty()) looked.oldest = pending->front().sealed_at;
  }
  readings_->note_pending(looked.pending);
  looked.at = std::chrono::steady_clock::now();
  const MutexLock lock(mutex_);
  looked_ = looked;
}

// As they are kept, but for where the login was: nobody else has a use for that.
std::optional<Json> Monitoring::scans() const {
  const auto sonar = readings_->sonar();
  if (!sonar) return std::nullopt;
  Json targets = Json::array();
  for (const auto& target : sonar->summary()) {
    auto record = json_of(target.record);
    record.erase("login_origin");
    targets.push_back(std::move(record));
  }
  return Json{{"format", 1}, {"targets", std::move(targets)}};
}

HealthTree Monitoring::health() const {
  Looked looked;
  {
    const MutexLock lock(mutex_);
    looked = looked_;
  }
  const auto sonar = readings_->sonar();
  // A look that hangs says that the disk does.
  const bool hangs = std::chrono::steady_clock::now() - looked.at > kLookInterval + kLookPatience;
  HealthTree tree;
  auto disk = disk_space(state_.path().string(), looked.disk);
  // Before the first decision there may be no folder.
  if (looked.disk.total == 0) disk.status = kUnknown;
  if (hangs) disk.status = kDown;
  tree.components.push_back(std::move(disk));
  tree.components.push_back({"livenessState"});
  Json outbox{{"pending", looked.pending}};
  if (looked.oldest) outbox["oldest"] = format_rfc3339(*looked.oldest);
  tree.components.push_back({"outbox", std::string(kUp), std::move(outbox)});
  tree.components.push_back({"ping"});
  tree.components.push_back({"readinessState"});
  if (const auto conditions = readings_->conditions()) {
    // What a service lacks is no lack of the agent's: a status of its own, which the whole does not
    // take.
    HealthComponent services{"services"};
    for (const auto& one : *conditions) {
      Json details{{"asked", format_rfc3339(one.asked)}};
      if (!one.trouble.empty()) details["trouble"] = one.trouble;
      services.components.push_back(
          {one.name, one.is_up ? std::string(kUp) : "UNREACHABLE", details});
    }
    tree.components.push_back(std::move(services));
  }
  if (sonar) tree.components.push_back(sonar_component(*sonar));
  tree.groups = {{"liveness", {"livenessState"}}, {"readiness", {"readinessState"}}};
  return tree;
}

}  // namespace candor
