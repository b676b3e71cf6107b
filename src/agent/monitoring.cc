#include "agent/monitoring.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/limits.h"
#include "agent/outbox/outbox.h"
#include "agent/scrape/limits.h"
#include "base/build_version.h"
#include "base/digest.h"
#include "base/disk_room.h"
#include "base/log.h"
#include "base/pause.h"
#include "wire/web_config_file.h"

namespace candor {
namespace {

constexpr std::string_view kKeyFile = "monitor.key";
constexpr std::size_t kKeyBytes = 32;

// What labels are hashed with: a key of its own, so that no hash of a report is one of a metric.
Result<std::string> label_key(const StateFolder& state) {
  auto kept = state.read(kKeyFile);
  if (kept.ok()) {
    auto key = from_hex(std::string_view(*kept).substr(0, 2 * kKeyBytes));
    if (key && key->size() == kKeyBytes) return *std::move(key);
    return Error{ErrorKind::kBadData,
                 fmt::format("{} is damaged. Remove it: another key is made, and keyed labels have "
                             "other hashes from then on.",
                             state.file(kKeyFile).string())};
  }
  if (kept.error().kind != ErrorKind::kNotFound) return kept.error();
  auto key = random_bytes(kKeyBytes);
  CANDOR_TRY(state.make());
  CANDOR_TRY(state.write(kKeyFile, to_hex(key) + "\n"));
  return key;
}

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
  if (options.listen.empty()) return std::optional<MonitoringOptions>();
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
  CANDOR_TRY(open_web_config(*options));
  return Ok{};
}

Result<std::unique_ptr<Monitoring>> Monitoring::start(const Agent& agent,
                                                      const MonitoringOptions& options) {
  std::unique_ptr<Monitoring> monitoring(new Monitoring(agent, options));
  CANDOR_TRY(monitoring->begin());
  return monitoring;
}

Monitoring::Monitoring(const Agent& agent, const MonitoringOptions& options)
    : options_(options), state_(agent.state()), contract_(agent.shared_contract()) {}

Monitoring::~Monitoring() = default;

Status Monitoring::begin() {
  CANDOR_ASSIGN(web, open_web_config(options_));
  web_ = std::move(web);
  if (!options_.scrapes.empty()) {
    CANDOR_ASSIGN(key, label_key(state_));
    scraper_ = std::make_unique<Scraper>(options_.scrapes, contract_, std::move(key));
  }
  look();
  EndpointParts parts;
  parts.metrics = [this](std::chrono::milliseconds limit) { return metrics(limit); };
  parts.longest = kServiceAnswerTime;
  parts.health = [this] { return health(); };
  parts.sonar = [this] { return scans(); };
  CANDOR_ASSIGN(endpoint, Endpoint::start(options_.listen, web_, std::move(parts)));
  endpoint_ = std::move(endpoint);
  looker_ = std::jthread([this](const std::stop_token& stop) {
    for (pause(stop, kLookInterval); !stop.stop_requested(); pause(stop, kLookInterval)) look();
  });
  log_info("metrics, health and version are at {}", endpoint_->url());
  return Ok{};
}

void Monitoring::offer(std::shared_ptr<const Sonar> sonar) {
  // The old one, if this is the last of it, ends outside of the lock.
  const MutexLock lock(mutex_);
  sonar_.swap(sonar);
}

std::vector<MetricFamily> Monitoring::metrics(std::chrono::milliseconds limit) {
  Families families;
  families.add(node_.read());
  families.gauge("candor_build_info", "What runs here.", 1,
                 {{"branch", std::string(build_branch())},
                  {"revision", std::string(build_git())},
                  {"version", std::string(build_package())}});
  if (const auto& tls = web_->now()->tls) {
    if (const auto ends = not_after(tls)) {
      families.gauge("candor_tls_certificate_not_after_seconds",
                     "When the certificate that is served with stops being valid.",
                     static_cast<double>(to_unix_seconds(*ends)));
    }
  }
  std::shared_ptr<const Sonar> sonar;
  {
    const MutexLock lock(mutex_);
    families.gauge("candor_agent_pending_reports", "Reports that wait to be sent.",
                   static_cast<double>(looked_.pending));
    sonar = sonar_;
  }
  if (sonar) families.add(sonar->families());
  if (scraper_) scraper_->scrape(families, limit);
  return std::move(families).take();
}

// Asks disk and outbox, so that nobody has to wait for them who asks for health.
void Monitoring::look() {
  Looked looked;
  looked.disk = disk_room(state_.path());
  if (const auto pending = Outbox(state_).pending(); pending.ok()) {
    looked.pending = pending->size();
    if (!pending->empty()) looked.oldest = pending->front().sealed_at;
  }
  looked.at = std::chrono::steady_clock::now();
  const MutexLock lock(mutex_);
  looked_ = looked;
}

// As they are kept, but for where the login was: nobody else has a use for that.
std::optional<Json> Monitoring::scans() const {
  std::shared_ptr<const Sonar> sonar;
  {
    const MutexLock lock(mutex_);
    sonar = sonar_;
  }
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
  std::shared_ptr<const Sonar> sonar;
  {
    const MutexLock lock(mutex_);
    looked = looked_;
    sonar = sonar_;
  }
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
  if (scraper_) {
    // What a service lacks is no lack of the agent's: a status of its own, which the whole does not
    // take.
    HealthComponent services{"services"};
    for (const auto& one : scraper_->conditions()) {
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
