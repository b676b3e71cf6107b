// What a collector signs for a report it took, and whether to believe it.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace candor {

struct Receipt {
  std::string body_sha256;
  std::string contract;
  std::string received_at;
  std::string key;        // base64
  std::string signature;  // base64
};

// From the collector's answer; kBadData when something is missing.
Result<Receipt> receipt_of(const Json& answer);

// The text that is signed.
std::string signed_text(const Receipt& receipt);

// Whether the receipt is for these bytes and signed with that key (base64): kGeneral says what is wrong.
Status verify_receipt(const Receipt& receipt, std::string_view body_sha256, std::string_view key);

}  // namespace candor
