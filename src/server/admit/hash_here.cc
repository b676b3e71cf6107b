#include "server/admit/hash_here.h"

namespace candor {

std::string HashHere::of(const Field& field, std::string_view text) const {
  if (field.privacy == PrivacyClass::kKeyed) return keyed(text);
  return field.hash == HashKind::kMd5 ? md5_hex(text) : sha256_hex(text);
}

}  // namespace candor
