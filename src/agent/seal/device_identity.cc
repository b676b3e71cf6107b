#include "agent/seal/device_identity.h"

#include <fmt/format.h>

#include "agent/seal/scrub.h"
#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kKeyFile = "key";
constexpr std::size_t kKeyBytes = 32;

// The form of a UUID version 4; 122 bits of the digest.
std::string uuid_of(std::string hex) {
  hex[12] = '4';
  hex[16] = "89ab"[hex[16] % 4];
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}

}  // namespace

std::string DeviceIdentity::host() const { return uuid_of(Hmac(key_).hex("candor host 1")); }

std::string DeviceIdentity::drive(const Json& document) const {
  const auto names = names_of(document);
  std::string text = "candor device 1\n";
  const bool named = !names.serials.empty() || !names.worldwide.empty();
  if (named) {
    text += names.serials.empty() ? "" : names.serials.front();
    text += "\n" + (names.worldwide.empty() ? "" : names.worldwide.front());
  } else {
    const auto* device = find_member(document, "device");
    text += string_member(document, "model_name") + "\n" +
            (device == nullptr ? "" : string_member(*device, "name"));
  }
  return uuid_of(Hmac(key_).hex(text));
}

DeviceIdentity make_device_identity() { return DeviceIdentity(random_bytes(kKeyBytes)); }

Result<DeviceIdentity> read_device_identity(const StateFolder& devices) {
  CANDOR_ASSIGN(text, devices.read(kKeyFile));
  while (text.ends_with('\n')) text.pop_back();
  auto key = from_hex(text);
  if (key && key->size() == kKeyBytes) return DeviceIdentity(*std::move(key));
  return Error{ErrorKind::kBadData,
               fmt::format("{} is damaged. Remove it: the drives then count as new ones.",
                           devices.file(kKeyFile).string())};
}

Status write_device_identity(const StateFolder& devices, const DeviceIdentity& identity) {
  CANDOR_TRY(devices.make());
  return devices.write(kKeyFile, to_hex(identity.key()) + "\n");
}

}  // namespace candor
