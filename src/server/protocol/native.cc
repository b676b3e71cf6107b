#include "server/protocol/native.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "contract/receipt.h"
#include "server/admit/document.h"
#include "server/protocol/limits.h"
#include "server/protocol/native_start.h"

namespace candor {
namespace {

constexpr int kFormat = 1;

// As a secret's hash is computed: the tables and the tombstones compare it as text.
std::string lower_case(std::string text) {
  for (auto& c : text) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool is_sha256(std::string_view text) { return text.size() == 64 && from_hex(text).has_value(); }

// The members of a report's header, the object "candor".
struct Header {
  std::string product;
  std::string contract;
  std::string installation;
  std::optional<Instant> sealed_at;
  std::string deletion;
  bool simulated = false;
  bool automation = false;
};

Result<Header> read_header(const JsonDocument& document) {
  const auto json = object_member(document.root(), "candor");
  if (!json || number_member(*json, "format") != kFormat) {
    return Error{ErrorKind::kBadData,
                 "This is no report of format 1: it has no \"candor\" header."};
  }
  Header header;
  header.product = text_member(*json, "product");
  header.contract = text_member(*json, "contract");
  header.installation = text_member(*json, "installation");
  header.sealed_at = parse_rfc3339(text_member(*json, "sealed_at"));
  header.deletion = text_member(*json, "deletion");
  header.simulated = flag_member(*json, "simulated");
  header.automation = flag_member(*json, "automation");
  if (header.product.empty()) {
    return Error{ErrorKind::kBadData,
                 "The report has no product: its header needs its name in \"product\"."};
  }
  if (!is_uuid(header.installation)) {
    return Error{ErrorKind::kBadData,
                 "The report has no installation: its header needs a UUID in \"installation\"."};
  }
  if (!header.sealed_at) {
    return Error{ErrorKind::kBadData,
                 "The report has no time: its header needs an RFC 3339 time in \"sealed_at\"."};
  }
  return header;
}

}  // namespace

SubmissionOrRefusal begin_native(const IncomingRequest& request) {
  auto body = unpack_body(request, kMaxNativeReportBytes);
  if (auto* refusal = std::get_if<Refusal>(&body)) {
    refusal->protocol = kNativeProtocol;
    return std::move(*refusal);
  }
  Submission submission;
  submission.protocol = kNativeProtocol;
  submission.body = std::get<std::string>(std::move(body));
  submission.body_sha256 = sha256_hex(submission.body);
  const auto idempotency_key = request.http.header("Idempotency-Key");
  if (!idempotency_key.empty() && idempotency_key != submission.body_sha256) {
    return Refusal{
        400,
        "damaged",
        "The body is not the one that Idempotency-Key (its SHA-256) names. Send it again.",
        {},
        std::string(kNativeProtocol)};
  }
  submission.envelope = {"candor"};
  submission.identity = {submission.body_sha256};
  return submission;
}

std::optional<Refusal> address_native(const IncomingRequest& request, const Catalogue& catalogue,
                                      const std::string& product, const std::string& contract,
                                      Submission& submission) {
  if (!request.prefix.empty() && request.prefix != product) {
    return Refusal{400,
                   "other_product",
                   fmt::format("The report is of product \"{}\", but was sent to /p/{}/.", product,
                               request.prefix),
                   {},
                   std::string(kNativeProtocol)};
  }
  const auto routed = catalogue.route(product, write_key_of(request.http), kNativeProtocol);
  if (!routed.ok()) {
    auto refusal = refusal_of(routed.error(), kNativeProtocol);
    if (const auto* named = catalogue.find(product)) refusal.product = named->name();
    return refusal;
  }
  submission.product = *routed;
  submission.contract = is_sha256(contract) ? submission.product->version(contract) : nullptr;
  if (submission.contract) return std::nullopt;
  return Refusal{409, "unknown_contract",
                 "This collector does not know that version of the contract. It has to be given "
                 "it before it can take the report.",
                 submission.product->name(), std::string(kNativeProtocol)};
}

SubmissionOrRefusal read_native_report(const IncomingRequest& request, const Catalogue& catalogue) {
  auto begun = begin_native(request);
  if (std::holds_alternative<Refusal>(begun)) return begun;
  auto& submission = std::get<Submission>(begun);
  auto document = JsonDocument::parse(submission.body);
  const auto header =
      document.ok() ? read_header(*document) : Result<Header>(std::move(document).error());
  if (!header.ok()) return refusal_of(header.error(), kNativeProtocol);
  if (auto refusal =
          address_native(request, catalogue, header->product, header->contract, submission))
    return *std::move(refusal);
  submission.installation = header->installation;
  submission.deletion = is_sha256(header->deletion) ? lower_case(header->deletion) : "";
  submission.reported = *header->sealed_at;
  submission.simulated = header->simulated;
  submission.automation = header->automation;
  submission.document = std::make_shared<const JsonDocument>(*std::move(document));
  return begun;
}

HttpResponse native_answer(const Submission& submission, Outcome outcome, const Admitted* admitted,
                           Instant received, const SigningKey& key) {
  Json json;
  json["schema_version"] = 1;
  json["status"] = name_of(outcome);
  json["receipt"] = to_json(sign_receipt(submission.body_sha256, submission.contract->hash,
                                         format_rfc3339(received), key));
  json["dropped"] = Json::array();
  json["quarantined"] = Json::array();
  if (admitted != nullptr) {
    for (const auto& row : admitted->dropped) {
      json["dropped"].push_back({{"path", row.path},
                                 {"type", row.type},
                                 {"reason", name_of(row.problem)},
                                 {"count", row.count}});
    }
    for (const auto& row : admitted->quarantined) {
      json["quarantined"].push_back(
          {{"path", row.path}, {"type", row.type}, {"reason", name_of(row.problem)}});
    }
  }
  HttpResponse response;
  response.body = to_line(json) + "\n";
  return response;
}

}  // namespace candor
