#include "agent/readings.h"

#include <fmt/format.h>

#include "base/build_version.h"
#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kKeyFile = "monitor.key";
constexpr std::size_t kKeyBytes = 32;

// What labels are hashed with: a key of its own, so that no hash of a report is one of a metric.
Result<std::string> label_key(const StateFolder& state, Readings::For what) {
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
  if (what == Readings::For::kALook) return key;
  CANDOR_TRY(state.make());
  CANDOR_TRY(state.write(kKeyFile, to_hex(key) + "\n"));
  return key;
}

}  // namespace

Result<std::shared_ptr<Readings>> Readings::of(const Agent& agent,
                                               std::vector<ScrapeSetting> scrapes, For what) {
  std::unique_ptr<Scraper> scraper;
  if (!scrapes.empty()) {
    CANDOR_ASSIGN(key, label_key(agent.state(), what));
    scraper =
        std::make_unique<Scraper>(std::move(scrapes), agent.shared_contract(), std::move(key));
  }
  return std::shared_ptr<Readings>(new Readings(std::move(scraper)));
}

void Readings::offer(std::shared_ptr<const Sonar> sonar) {
  // The old one, if this is the last of it, ends outside of the lock.
  const MutexLock lock(mutex_);
  sonar_.swap(sonar);
}

void Readings::serve_with(std::shared_ptr<WebConfigFile> web) {
  const MutexLock lock(mutex_);
  web_.swap(web);
}

std::shared_ptr<const Sonar> Readings::sonar() const {
  const MutexLock lock(mutex_);
  return sonar_;
}

std::optional<std::vector<ServiceCondition>> Readings::conditions() const {
  if (!scraper_) return std::nullopt;
  return scraper_->conditions();
}

// Who waited for another's reading takes that: to ask again what hung would cost the time of both.
std::vector<MetricFamily> Readings::read(std::chrono::milliseconds limit) {
  const auto asked = std::chrono::steady_clock::now();
  ++waiting_;
  const MutexLock lock(reading_);
  --waiting_;
  if (ended_ && *ended_ >= asked) {
    if (waiting_ > 0) return last_;
    ended_.reset();
    return std::move(last_);
  }
  auto families = read_now(limit);
  ended_.reset();
  last_ = {};
  if (waiting_ > 0) {
    last_ = families;
    ended_ = std::chrono::steady_clock::now();
  }
  return families;
}

std::vector<MetricFamily> Readings::read_now(std::chrono::milliseconds limit) {
  std::shared_ptr<const Sonar> sonar;
  std::shared_ptr<WebConfigFile> web;
  {
    const MutexLock lock(mutex_);
    sonar = sonar_;
    web = web_;
  }
  Families families;
  families.add(node_.read());
  families.gauge("candor_build_info", "What runs here.", 1,
                 {{"branch", std::string(build_branch())},
                  {"revision", std::string(build_git())},
                  {"version", std::string(build_package())}});
  if (const auto tls = web ? web->now()->tls : nullptr) {
    if (const auto ends = not_after(tls)) {
      families.gauge("candor_tls_certificate_not_after_seconds",
                     "When the certificate that is served with stops being valid.",
                     static_cast<double>(to_unix_seconds(*ends)));
    }
  }
  families.gauge("candor_agent_pending_reports", "Reports that wait to be sent.",
                 static_cast<double>(pending_.load()));
  if (sonar) families.add(sonar->families());
  // Let go of before services take their time: one that ended is over before the next one begins.
  sonar.reset();
  if (scraper_) scraper_->scrape(families, limit);
  return std::move(families).take();
}

}  // namespace candor
