// The service's care for metrics that are pushed: reads and seals them every interval, and sends
// what waits.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/pushing.h"
#include "agent/readings.h"
#include "agent/send/sender.h"
#include "wire/http_client.h"

namespace candor {

// One thread's, which may wait for services and for the collector.
class PushUpkeep {
 public:
  // Does what is due; when to look again. Nothing: when the decision, the channels or the
  // configuration change, and now and then for what waits. Until then nothing may leave.
  std::optional<Instant> work(const Agent& agent, Readings& readings);

 private:
  Status tend_what_stays(const Agent& agent);
  void push(const Agent& agent, const MetricLeave& leave, Readings& readings);
  void send(const Agent& agent);
  void failed(const Agent& agent, const Error& error, std::optional<Millis> asked);
  void note_counts(const MetricCounts& counts);
  void note_lost(const Outbox& outbox);
  void forget_failures();
  void tell(const Error& error);

  std::optional<Instant> next_;  // that is pushed
  int failures_ = 0;
  std::optional<Instant> send_again_;
  std::unique_ptr<HttpClient> client_;  // kept: so is its connection
  std::string said_;                    // the last trouble that was logged
  std::string said_counts_;             // the same of samples that stay home
  std::string said_channels_;           // whose metrics leave
  std::optional<std::uint64_t> lost_;   // when last looked
  bool is_losing_ = false;
};

}  // namespace candor
