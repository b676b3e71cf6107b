#include "server/protocol/ceph.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"
#include "base/digest.h"
#include "base/json.h"
#include "server/admit/document.h"
#include "server/protocol/ceph_report.h"
#include "server/protocol/limits.h"

namespace candor {
namespace {

constexpr std::string_view kProtocol = "ceph";

// What the module says about the report itself; content only where a contract declares it.
constexpr std::string_view kEnvelope[] = {"report_version",
                                          "report_timestamp",
                                          "report_id",
                                          "channels",
                                          "channels_available",
                                          "license",
                                          "collections_available",
                                          "collections_opted_in"};

// A request that is for a product. Its body is copied only where it is packed: it may be large.
struct Begun {
  Submission submission;
  std::optional<std::string> unpacked;

  std::string_view body(const IncomingRequest& request) const {
    return unpacked ? *unpacked : request.http.body;
  }
};

std::variant<Begun, Refusal> begin(const IncomingRequest& request, const Catalogue& catalogue) {
  const bool packed = !request.http.header("Content-Encoding").empty();
  auto body = unpack_packed(request, packed ? kMaxPackedCephReportBytes : kMaxCephReportBytes);
  if (auto* refusal = std::get_if<Refusal>(&body)) {
    refusal->protocol = kProtocol;
    return std::move(*refusal);
  }
  const auto product = catalogue.route(request.prefix, write_key_of(request.http), kProtocol);
  if (!product.ok()) return refusal_of(product.error(), kProtocol);
  Submission submission;
  submission.protocol = kProtocol;
  submission.product = *product;
  submission.contract = submission.product->current;
  return Begun{std::move(submission), std::get<std::optional<std::string>>(std::move(body))};
}

Refusal refuse(const Submission& submission, std::string reason, std::string message) {
  return Refusal{400, std::move(reason), std::move(message), submission.product->name(),
                 std::string(kProtocol)};
}

}  // namespace

SubmissionOrRefusal read_ceph_report(const IncomingRequest& request, const Catalogue& catalogue) {
  auto begun = begin(request, catalogue);
  if (auto* refusal = std::get_if<Refusal>(&begun)) return std::move(*refusal);
  auto& submission = std::get<Begun>(begun).submission;
  const auto body = std::get<Begun>(begun).body(request);
  auto document = JsonDocument::parse(body);
  if (!document.ok()) return refuse(submission, "bad_document", document.error().message);
  const auto& report = document->root();
  submission.installation = to_lower(text_member(report, "report_id"));
  if (!is_uuid(submission.installation)) {
    return refuse(submission, "no_report_id", "The report has no report_id that is a UUID.");
  }
  if (!has_member(report, "report_timestamp")) {
    // Mimic and early Nautilus send none. A cluster in which nothing changes sends the same bytes
    // every time: on another day they are another report, or it would count as gone.
    submission.reported = request.received;
    submission.identity = {submission.installation, sha256_hex(body),
                           format_day(day_of(request.received))};
  } else {
    const auto text = text_member(report, "report_timestamp");
    const auto reported = parse_rfc3339(text);
    if (!reported)
      return refuse(submission, "bad_timestamp", "The report_timestamp is no ISO 8601 time.");
    submission.reported = *reported;
    submission.identity = {submission.installation, text};
  }
  for (const auto name : kEnvelope) {
    if (submission.contract->schema.root().member(name) == nullptr)
      submission.envelope.push_back(name);
  }
  if (has_newest_shape(report)) {
    submission.document = std::make_shared<const JsonDocument>(*std::move(document));
    return std::move(submission);
  }
  auto shaped = newest_shape(report, submission.installation, request.hash);
  submission.body = std::move(shaped.report);
  submission.devices = std::move(shaped.devices);
  return std::move(submission);
}

namespace {

// Of the day, and called by what it is: it has no place beside a report of that second.
void make_device_report(Submission& submission, std::string_view devices, Instant received,
                        const HashHere* hash) {
  submission.kind = SubmissionKind::kDeviceReport;
  submission.reported = std::chrono::floor<std::chrono::days>(received);
  submission.identity = {sha256_hex(devices)};
  submission.body_sha256 = submission.identity.front();
  // The top level of a device report is an open map of devices. Contracts declare it under a name,
  // so that it opens nothing in the cluster's report.
  submission.body = "{\"devices\":" + without_machine_uuids(devices, hash) + "}";
}

}  // namespace

std::optional<Submission> devices_of(const Submission& report, Instant received,
                                     const HashHere* hash) {
  if (report.devices.empty()) return std::nullopt;
  Submission apart;
  apart.protocol = report.protocol;
  apart.product = report.product;
  apart.contract = report.contract;
  make_device_report(apart, report.devices, received, hash);
  return apart;
}

SubmissionOrRefusal read_ceph_device(const IncomingRequest& request, const Catalogue& catalogue) {
  auto begun = begin(request, catalogue);
  if (auto* refusal = std::get_if<Refusal>(&begun)) return std::move(*refusal);
  auto& submission = std::get<Begun>(begun).submission;
  const auto body = std::get<Begun>(begun).body(request);
  // Asked before it is wrapped: "{}, …" would become a document with members of its own.
  if (const auto document = JsonDocument::parse(body); !document.ok()) {
    return refuse(submission, "bad_document", document.error().message);
  }
  make_device_report(submission, body, request.received, request.hash);
  return std::move(submission);
}

HttpResponse ceph_answer(Outcome outcome, const Admitted* admitted) {
  Json json;
  json["status"] = true;
  json["outcome"] = name_of(outcome);
  if (admitted != nullptr) {
    std::uint64_t dropped = 0;
    for (const auto& row : admitted->dropped) dropped += row.count;
    json["dropped"] = dropped;
    json["quarantined"] = admitted->quarantined.size();
  }
  HttpResponse response;
  response.body = to_line(json) + "\n";
  return response;
}

}  // namespace candor
