// PUT /report and PUT /device: Ceph's (and Stone's) own telemetry module, unmodified, of every
// generation (docs/formats/ceph.md).
#pragma once

#include <optional>

#include "server/admit/admit.h"
#include "server/protocol/submission.h"

namespace candor {

SubmissionOrRefusal read_ceph_report(const IncomingRequest& request, const Catalogue& catalogue);
SubmissionOrRefusal read_ceph_device(const IncomingRequest& request, const Catalogue& catalogue);
// The device report that a report of the oldest releases had in it, to be kept apart from it.
std::optional<Submission> devices_of(const Submission& report, Instant received,
                                     const HashHere* hash);

// {"status": true, …}: the reference server's answer, and what became of the report.
HttpResponse ceph_answer(Outcome outcome, const Admitted* admitted);

}  // namespace candor
