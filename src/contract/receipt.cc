#include "contract/receipt.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace candor {
namespace {

std::string signed_text(const Receipt& receipt) {
  return fmt::format("candor receipt 1\n{}\n{}\n{}\n", receipt.body_sha256, receipt.contract, receipt.received_at);
}

}  // namespace

Json sign_receipt(const Receipt& receipt, const SigningKey& key) {
  Json json;
  json["body_sha256"] = receipt.body_sha256;
  json["contract"] = receipt.contract;
  json["received_at"] = receipt.received_at;
  json["key"] = to_base64(key.public_key());
  json["signature"] = to_base64(key.sign(signed_text(receipt)));
  return json;
}

Status verify_receipt(const Json& json, std::string_view body_sha256, std::string_view public_key) {
  const Receipt receipt{string_member(json, "body_sha256"), string_member(json, "contract"), string_member(json, "received_at")};
  const auto signature = from_base64(string_member(json, "signature"));
  if (receipt.body_sha256 != body_sha256) return Error{ErrorKind::kBadData, "The receipt is for other bytes."};
  if (!signature || !verify_signature(public_key, signed_text(receipt), *signature)) {
    return Error{ErrorKind::kBadData, "The receipt is not signed by the collector's key."};
  }
  return Ok{};
}

}  // namespace candor
