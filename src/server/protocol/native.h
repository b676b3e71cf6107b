// POST /v1/reports: Candor's own sealed reports (docs/formats/report.md).
#pragma once

#include "base/json.h"
#include "base/signature.h"
#include "server/admit/admit.h"
#include "server/protocol/submission.h"

namespace candor {

SubmissionOrRefusal read_native_report(const IncomingRequest& request, const Catalogue& catalogue);

// What became of it, field by field, with a receipt signed by `key`. `admitted` is nullptr for a
// duplicate.
HttpResponse native_answer(const Submission& submission, Outcome outcome, const Admitted* admitted,
                           Instant received, const SigningKey& key);

}  // namespace candor
