#include "agent/send/receipt.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/signature.h"

namespace candor {

Result<Receipt> receipt_of(const Json& answer) {
  const auto* json = find_member(answer, "receipt");
  if (json == nullptr || !json->is_object()) {
    return Error{ErrorKind::kBadData, "The collector's answer holds no receipt."};
  }
  Receipt receipt{string_member(*json, "body_sha256"), string_member(*json, "contract"),
                  string_member(*json, "received_at"), string_member(*json, "key"), string_member(*json, "signature")};
  for (const auto* part : {&receipt.body_sha256, &receipt.contract, &receipt.received_at, &receipt.key, &receipt.signature}) {
    if (part->empty()) return Error{ErrorKind::kBadData, "The collector's receipt is not whole."};
  }
  return receipt;
}

std::string signed_text(const Receipt& receipt) {
  return fmt::format("candor receipt 1\n{}\n{}\n{}\n", receipt.body_sha256, receipt.contract, receipt.received_at);
}

Status verify_receipt(const Receipt& receipt, std::string_view body_sha256, std::string_view key) {
  if (receipt.body_sha256 != body_sha256) {
    return Error{ErrorKind::kGeneral, "The receipt is for other bytes than those that were sent."};
  }
  if (receipt.key != key) {
    return Error{ErrorKind::kGeneral, "The receipt is signed with another key than the one pinned for this collector."};
  }
  const auto raw_key = from_base64(receipt.key);
  const auto signature = from_base64(receipt.signature);
  if (!raw_key || !signature || !verify_signature(*raw_key, signed_text(receipt), *signature)) {
    return Error{ErrorKind::kGeneral, "The receipt's signature is not valid."};
  }
  return Ok{};
}

}  // namespace candor
