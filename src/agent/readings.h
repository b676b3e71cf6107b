// What the machine, its services, Sonar and the agent itself say, as metrics: read for whoever asks
// at the agent's address, and for what is pushed.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "agent/agent.h"
#include "agent/monitor/node.h"
#include "agent/scrape/scraper.h"
#include "base/mutex.h"
#include "sonar/sonar.h"
#include "wire/web_config_file.h"

namespace candor {

// All functions are safe from any thread.
class Readings {
 public:
  // Hashes labels of services with the key of the state folder, which is made where there is none;
  // for a look with one of the moment then, so that nothing is made. kBadData when it is damaged.
  enum class For { kKeeping, kALook };
  static Result<std::shared_ptr<Readings>> of(const Agent& agent,
                                              std::vector<ScrapeSetting> scrapes,
                                              For what = For::kKeeping);

  // All there is now, or a moment ago where somebody else was reading; services have until `limit`.
  std::vector<MetricFamily> read(std::chrono::milliseconds limit);

  // What is read besides: Sonar's results (nullptr: there is none), the certificate that is served
  // with, and how many reports wait.
  void offer(std::shared_ptr<const Sonar> sonar);
  void serve_with(std::shared_ptr<WebConfigFile> web);
  void note_pending(std::size_t reports) { pending_ = reports; }

  std::shared_ptr<const Sonar> sonar() const;
  // Nothing where no service is asked.
  std::optional<std::vector<ServiceCondition>> conditions() const;

 private:
  explicit Readings(std::unique_ptr<Scraper> scraper) : scraper_(std::move(scraper)) {}
  std::vector<MetricFamily> read_now(std::chrono::milliseconds limit) CANDOR_REQUIRES(reading_);

  std::atomic<std::size_t> pending_ = 0;
  std::atomic<int> waiting_ = 0;  // for somebody else's reading
  Mutex reading_;                 // held for as long as a service may take; before `mutex_`
  NodeMetrics node_ CANDOR_GUARDED_BY(reading_);
  const std::unique_ptr<Scraper> scraper_;  // nullptr: nothing is scraped
  // The last reading, as long as somebody waited for it.
  std::vector<MetricFamily> last_ CANDOR_GUARDED_BY(reading_);
  std::optional<std::chrono::steady_clock::time_point> ended_ CANDOR_GUARDED_BY(reading_);

  mutable Mutex mutex_;
  std::shared_ptr<const Sonar> sonar_ CANDOR_GUARDED_BY(mutex_);
  std::shared_ptr<WebConfigFile> web_ CANDOR_GUARDED_BY(mutex_);
};

}  // namespace candor
