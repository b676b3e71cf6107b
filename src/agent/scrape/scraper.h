// Asks services of this machine for their metrics (their own exporters, or the product's own
// address) and keeps what the contract lists.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/scrape/metric_sieve.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "config/settings.h"
#include "contract/contract.h"
#include "metrics/families.h"
#include "wire/http_client.h"

namespace candor {

// What became of the last time that a service was asked.
struct ServiceCondition {
  std::string name;
  bool is_up = false;
  std::string trouble{};  // a sentence; empty when it is up
  Instant asked{};
};

// Whether all of them can be asked, as far as the configuration says. kConfiguration.
Status check_scrapes(const Settings& settings);
// Whether their passwords can be read now; later one that cannot costs its service. kConfiguration.
Status check_scrape_secrets(const Settings& settings);

class Scraper {
 public:
  // `key` is for keyed labels.
  Scraper(std::vector<ScrapeSetting> services, ContractPtr contract, std::string key);
  ~Scraper();

  // Asks all services at once, each on a thread of its own, which ends within `limit`, and adds
  // what they said: samples with job = NAME, up{job}, and how many samples became what. What is
  // wrong with one is told in the log once. One thread at a time.
  void scrape(Families& into, std::chrono::milliseconds limit);

  // Since it began; a service that was not asked yet is not among them. Any thread.
  std::vector<ServiceCondition> conditions() const;

 private:
  struct Service;
  void ask(Service& service, std::chrono::milliseconds limit) const;
  void add(Service& service, Families& into);
  void note(Service& service);

  const ContractPtr contract_;
  const std::string key_;
  std::vector<std::unique_ptr<Service>> services_;
  mutable Mutex reading_;  // one answer is read at a time: it takes several times its bytes
  mutable Mutex mutex_;
  std::vector<ServiceCondition> conditions_ CANDOR_GUARDED_BY(mutex_);
};

}  // namespace candor
