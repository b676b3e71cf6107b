#include "server/protocol/native_device.h"

#include "server/admit/document.h"
#include "server/protocol/native_start.h"

namespace candor {
namespace {

constexpr int kFormat = 1;

struct Header {
  std::string product;
  std::string contract;
};

Result<Header> read_header(const std::string& body) {
  CANDOR_ASSIGN(document, JsonDocument::parse(body));
  const auto json = object_member(document.root(), "candor");
  if (!json || number_member(*json, "format") != kFormat ||
      text_member(*json, "kind") != "device") {
    return Error{ErrorKind::kBadData,
                 "This is no device report of format 1: it has no \"candor\" header of that kind."};
  }
  for (const auto* name : {"installation", "deletion"}) {
    if (has_member(*json, name)) {
      return Error{ErrorKind::kBadData,
                   "A device report names no installation, and this one does. It is not kept."};
    }
  }
  Header header{text_member(*json, "product"), text_member(*json, "contract")};
  if (header.product.empty()) {
    return Error{ErrorKind::kBadData,
                 "The device report has no product: its header needs its name in \"product\"."};
  }
  if (!object_member(document.root(), "devices")) {
    return Error{ErrorKind::kBadData, "The device report has no object \"devices\"."};
  }
  return header;
}

}  // namespace

SubmissionOrRefusal read_native_device(const IncomingRequest& request, const Catalogue& catalogue) {
  auto begun = begin_native(request);
  if (std::holds_alternative<Refusal>(begun)) return begun;
  auto& submission = std::get<Submission>(begun);
  const auto header = read_header(submission.body);
  if (!header.ok()) return refusal_of(header.error(), kNativeProtocol);
  if (auto refusal =
          address_native(request, catalogue, header->product, header->contract, submission))
    return *std::move(refusal);
  submission.kind = SubmissionKind::kDeviceReport;
  submission.reported = std::chrono::floor<std::chrono::days>(request.received);
  return begun;
}

}  // namespace candor
