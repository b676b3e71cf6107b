// What the protocols that send samples of metrics turn a request into, and what they answer
// (docs/formats/metrics.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "server/admit/hash_here.h"
#include "server/admit/samples.h"
#include "server/protocol/submission.h"

namespace candor {

// The samples of one request. They are admitted while they are read, so that a request is in memory
// once.
struct SampleBatch {
  std::string protocol;
  const Product* product = nullptr;
  ContractPtr contract;
  AdmittedSamples admitted;
  std::uint64_t points = 0;           // as the protocol counts, of which …
  std::uint64_t rejected_points = 0;  // … so many were not taken whole
  bool has_untimed = false;  // some are of the time of receipt: later the same bytes are others
};

using SamplesOrRefusal = std::variant<SampleBatch, Refusal>;

// One address that takes samples; POST only.
struct SampleRoute {
  std::string_view path;
  std::string_view protocol;
  SamplesOrRefusal (*read)(const IncomingRequest&, const Catalogue&, const HashHere&);
  // When all that was admitted is on disk.
  HttpResponse (*taken)(const IncomingRequest&, const SampleBatch&);
  HttpResponse (*refused)(const IncomingRequest&, const Refusal&);
  std::uint64_t max_bytes;
};

}  // namespace candor
