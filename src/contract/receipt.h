// Receipts: what a collector signs for having taken a report. Agent and collector share the text.
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
};

// The members of the receipt, "key" (the public key) and "signature", both base64.
Json sign_receipt(const Receipt& receipt, const SigningKey& key);

// Whether `json` is a receipt for a body with that hash, signed by `public_key` (32 bytes). kBadData
// says what does not fit.
Status verify_receipt(const Json& json, std::string_view body_sha256, std::string_view public_key);

}  // namespace candor
