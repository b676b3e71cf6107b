// The only maker of files of metrics (docs/formats/push.md): what contract, channels and consent
// let through of what there is at one moment.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/seal/consent.h"
#include "agent/seal/sealed_document.h"
#include "base/clock.h"
#include "contract/contract.h"
#include "metrics/family.h"

namespace candor {

// What decides about metrics, as values.
struct MetricTerms {
  ContractPtr contract;
  ConsentedFields fields;
  ChannelSet channels;  // that may leave
  std::string key;      // of `keyed` labels; of another identity other hashes come
  std::string installation;
};

// The channels of the contract's metrics.
ChannelSet metric_channels(const Contract& contract);

// How many samples became what.
struct MetricCounts {
  std::size_t sealed = 0;
  std::size_t stayed = 0;    // not listed, not agreed to, channel off, expired, of another type
  std::size_t collided = 0;  // differed only by labels that stay home
  std::size_t too_many = 0;  // beyond kMaxPushedSamples or kMaxPushedBytes
};

struct SealedPush {
  std::optional<SealedMetrics> document;  // nothing: there is nothing to tell
  MetricCounts counts;
};

// Of families as the agent offers them. `agent` is program and version. Pure.
SealedPush seal_metrics(std::vector<MetricFamily> families, const MetricTerms& terms,
                        std::string_view agent, Instant now);

// How many samples a file of them holds; 0 when it is none.
std::size_t count_samples(std::string_view file);

}  // namespace candor
