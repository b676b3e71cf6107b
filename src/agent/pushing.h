// The row of metrics that are pushed: what there is now → what may leave → sealed file → posted by
// remote write. It is in metrics/ of the state folder (docs/formats/push.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "agent/outbox/outbox.h"
#include "agent/seal/seal_metrics.h"
#include "agent/verify.h"
#include "wire/http_client.h"

namespace candor {

// Whether any of them may leave by the decision, the channels and the consent of now, to a
// collector that takes remote write.
bool has_metrics_to_push(const Agent& agent);

// What decides about them now, and whether that still stands. Reads the agent's state folder; must
// not outlive the agent.
struct MetricLeave {
  MetricTerms terms;
  std::function<bool()> stands;
};
// Nothing: none may leave. kConfiguration when the endpoint takes none.
Result<std::optional<MetricLeave>> metric_leave(const Agent& agent);

// The file that would be made of these families, kept nowhere and never sent: with the channels and
// fields of a preview. An installation that has no identity yet gets a throw-away one.
Result<SealedPush> preview_push(const Agent& agent, std::vector<MetricFamily> families,
                                const ChannelSet& channels, Agent::Fields fields);

struct KeptPush {
  std::string id;  // empty: there was nothing to tell
  MetricCounts counts;
};
// Seals what may leave of the families, and makes it pending. kOff when the operator decided anew
// meanwhile; after an error nothing is kept.
Result<KeptPush> keep_push(const Agent& agent, const MetricLeave& leave,
                           std::vector<MetricFamily> families);

// Sends what is pending to the collector. kConfiguration when it could never be sent there.
Result<SendSummary> send_pushes(const Agent& agent, HttpClient& client, SendRequest request);

}  // namespace candor
