// Receipts: what a collector signs for a report it took, and whether to believe it. Agent and
// collector share this text (docs/formats/report.md).
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "base/signature.h"

namespace candor {

struct Receipt {
  std::string body_sha256;  // of the report's exact bytes, unpacked
  std::string contract;     // hash of the contract it was admitted under
  std::string received_at;  // RFC 3339, the collector's clock
  std::string key;          // base64
  std::string signature;    // base64
};

// A receipt with key and signature.
Receipt sign_receipt(std::string body_sha256, std::string contract, std::string received_at,
                     const SigningKey& key);

// As it stands in the collector's answer.
Json to_json(const Receipt& receipt);
// From the collector's answer, whose member "receipt" it is; kBadData when something is missing.
Result<Receipt> receipt_of(const Json& answer);

// A receipt as a file: {"receipt": {…}}, pretty, in this order, final newline.
std::string receipt_text(const Receipt& receipt);
// kBadData unless the text is, byte for byte, what receipt_text would write: nothing in such a file
// can be changed unseen.
Result<Receipt> parse_receipt_text(std::string_view text);

// The text that is signed.
std::string signed_text(const Receipt& receipt);

// Whether the receipt is for these bytes and signed with that key (base64): kGeneral says what is
// wrong.
Status verify_receipt(const Receipt& receipt, std::string_view body_sha256, std::string_view key);
// The same for a report's bytes, whose contract it must be for as well: the one that the report's
// header names. A collector signs each report under that contract and no other.
Status verify_receipt_of(const Receipt& receipt, std::string_view report, std::string_view key);

}  // namespace candor
