// What the pages of operations show, asked of Prometheus, Alertmanager and agents.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "config/ops_config.h"
#include "server/ops/panels.h"
#include "server/ops/standing.h"
#include "wire/http_client.h"

namespace candor {

// Whom to ask.
struct OpsSources {
  std::string prometheus_url;  // without a slash at the end; empty: none yet
  std::string alertmanager_url;
  std::vector<ScrapeTarget> scrape;
  std::chrono::seconds scrape_interval{15};
  std::vector<PushedInstallation> pushed{};
  std::chrono::hours retention{24};  // how far back Prometheus knows anything
};

// The questions of one page: one thread, for one answer. Waits for those who are asked, at most
// kOpsPageTime. What is wrong with them stands as sentences in the answers.
class OpsQuestions {
 public:
  // `keep_going` as ClientRequest has it.
  OpsQuestions(OpsSources sources, HttpClient& client, std::function<bool()> keep_going);

  Json overview(Instant now);
  // kNotFound for one that nobody knows; kUnavailable when that cannot be found out now.
  Result<Json> installation(const std::string& name, const PanelRange& range, Instant now);

 private:
  // The body of an answer with 200.
  Result<std::string> get(ClientRequest request);
  // Of Prometheus, at an address of its API; once it was away it is not asked again.
  Result<std::string> ask(std::string_view address);
  // Nothing where it did not answer.
  template <typename T>
  std::optional<T> asked(std::string_view address, Result<T> (*parse)(std::string_view));
  std::optional<std::vector<PromSeries>> query(std::string_view question, Instant at);
  OpsSight look(Instant now);
  // The installations that Prometheus had samples of in the time that ended now.
  std::optional<std::vector<std::string>> known_since(Instant begin, Instant now);
  // Of one installation, or of all where none is named.
  Json scans(std::string_view installation, Instant now);
  Result<Json> scans_of(const ScrapeTarget& target);
  Json panels_of(const std::string& name, const PanelRange& range, Instant now);
  void tell(std::string sentence);

  const OpsSources sources_;
  HttpClient& client_;
  const std::function<bool()> keep_going_;
  const std::chrono::steady_clock::time_point deadline_;
  bool prometheus_away_ = false;
  std::vector<std::string> troubles_;
};

// Where an agent tells of Sonar, by the address of its metrics; empty where that is no agent's.
std::string sonar_address(std::string_view metrics_url);

}  // namespace candor
