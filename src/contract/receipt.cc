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

std::string receipt_text(const Receipt& receipt) {
  return to_pretty({{"receipt", to_json(receipt)}});
}

Result<Receipt> parse_receipt_text(std::string_view text) {
  auto json = parse_json(text);
  if (!json.ok()) return std::move(json).error().in("The receipt");
  CANDOR_ASSIGN(receipt, receipt_of(*json));
  if (receipt_text(receipt) == text) return receipt;
  return Error{
      ErrorKind::kBadData,
      "The receipt is not written as Candor writes receipts: something was changed, added or "
      "left out."};
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
  // Base64 has several texts for the same bytes; only one of them is the collector's.
  const bool exact = raw_key && signature && to_base64(*raw_key) == receipt.key &&
                     to_base64(*signature) == receipt.signature;
  if (!exact || !verify_signature(*raw_key, signed_text(receipt), *signature)) {
    return Error{ErrorKind::kGeneral, "The receipt's signature is not valid."};
  }
  return Ok{};
}

Status verify_receipt_of(const Receipt& receipt, std::string_view report, std::string_view key) {
  CANDOR_TRY(verify_receipt(receipt, sha256_hex(report), key));
  const auto document = parse_json(report);
  const auto* header = document.ok() ? find_member(*document, "candor") : nullptr;
  if (header == nullptr) {
    return Error{ErrorKind::kGeneral, "The report has no header, so it is no report of Candor's."};
  }
  if (string_member(*header, "contract") == receipt.contract) return Ok{};
  return Error{ErrorKind::kGeneral,
               "The receipt is for another version of the contract than the one the report names."};
}

}  // namespace candor
