#include "contract/receipt.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace candor {

Receipt sign_receipt(std::string body_sha256, std::string contract, std::string received_at,
                     const SigningKey& key) {
  Receipt receipt{std::move(body_sha256), std::move(contract), std::move(received_at),
                  to_base64(key.public_key()), ""};
  receipt.signature = to_base64(key.sign(signed_text(receipt)));
  return receipt;
}

Json to_json(const Receipt& receipt) {
  return {{"body_sha256", receipt.body_sha256},
          {"contract", receipt.contract},
          {"received_at", receipt.received_at},
          {"key", receipt.key},
          {"signature", receipt.signature}};
}

Result<Receipt> receipt_of(const Json& answer) {
  const auto* json = find_member(answer, "receipt");
  if (json == nullptr || !json->is_object()) {
    return Error{ErrorKind::kBadData, "The collector's answer holds no receipt."};
  }
  Receipt receipt{string_member(*json, "body_sha256"), string_member(*json, "contract"),
                  string_member(*json, "received_at"), string_member(*json, "key"),
                  string_member(*json, "signature")};
  for (const auto* part : {&receipt.body_sha256, &receipt.contract, &receipt.received_at,
                           &receipt.key, &receipt.signature}) {
    if (part->empty()) return Error{ErrorKind::kBadData, "The collector's receipt is not whole."};
  }
  return receipt;
}

std::string signed_text(const Receipt& receipt) {
  return fmt::format("candor receipt 1\n{}\n{}\n{}\n", receipt.body_sha256, receipt.contract,
                     receipt.received_at);
}

Status verify_receipt(const Receipt& receipt, std::string_view body_sha256, std::string_view key) {
  if (receipt.body_sha256 != body_sha256) {
    return Error{ErrorKind::kGeneral, "The receipt is for other bytes than those that were sent."};
  }
  if (receipt.key != key) {
    return Error{ErrorKind::kGeneral,
                 "The receipt is signed with another key than the one pinned for this collector."};
  }
  const auto raw_key = from_base64(receipt.key);
  const auto signature = from_base64(receipt.signature);
  if (!raw_key || !signature || !verify_signature(*raw_key, signed_text(receipt), *signature)) {
    return Error{ErrorKind::kGeneral, "The receipt's signature is not valid."};
  }
  return Ok{};
}

}  // namespace candor
