// The words of a contract, in the order of their enumerations (contract.h).
#pragma once

#include <string>
#include <vector>

namespace candor {

inline const std::vector<std::string> kTypes = {"boolean", "integer", "number", "string",
                                                "timestamp"};
inline const std::vector<std::string> kClasses = {"clear", "hashed", "keyed", "never"};
inline const std::vector<std::string> kHashes = {"md5", "sha256"};
inline const std::vector<std::string> kKinds = {"value", "counter", "histogram"};
inline const std::vector<std::string> kPurposes = {"improvement", "support", "operations",
                                                   "public-statistics"};
inline const std::vector<std::string> kConsents = {"opt-in", "opt-out"};
inline const std::vector<std::string> kVisibilities = {"private", "public"};
inline const std::vector<std::string> kAggregates = {"sum", "majority", "value", "popular",
                                                     "rating"};
inline const std::vector<std::string> kUnits = {"count", "bytes"};
inline const std::vector<std::string> kMetricTypes = {"counter", "gauge", "histogram", "summary"};
inline const std::vector<std::string> kProtocols = {
    "native", "ceph", "segment", "snowplow", "plausible", "prometheus", "otlp"};

// In the order of CollectorKind.
inline const std::vector<std::string> kCollectors = {
    "host", "ceph", "exec", "crashes", "dcos", "units", "smart",
};

}  // namespace candor
