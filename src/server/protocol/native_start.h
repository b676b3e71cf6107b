// What the two native documents, reports and device reports, have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/protocol/submission.h"

namespace candor {

inline constexpr std::string_view kNativeProtocol = "native";

// The unpacked body, its hash, and whether it is the one that Idempotency-Key names.
SubmissionOrRefusal begin_native(const IncomingRequest& request);

// Fills in product and contract of `submission`; why it is not taken otherwise.
std::optional<Refusal> address_native(const IncomingRequest& request, const Catalogue& catalogue,
                                      const std::string& product, const std::string& contract,
                                      Submission& submission);

}  // namespace candor
