// Hashing at admission: what a client that is not Candor's sends in clear, and the contract wants
// hashed, never reaches the disk. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.h"
#include "contract/contract.h"

namespace candor {

class HashHere {
 public:
  // `key` is the collector's own, of any length.
  explicit HashHere(std::string_view key) : hmac_(key) {}

  // Lower-case hex, of a field of class `hashed` or `keyed`.
  std::string of(const Field& field, std::string_view text) const;
  // Under the key: 64 digits.
  std::string keyed(std::string_view text) const { return hmac_.hex(text); }

 private:
  Hmac hmac_;
};

}  // namespace candor
