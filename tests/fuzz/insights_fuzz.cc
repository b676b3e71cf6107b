// Arbitrary bytes as a bundle of insights: nothing crashes, what no key signed is not believed, and
// what is read of JSON that one did sign says the same when it is written again.
#include <cstdint>
#include <string_view>

#include "base/digest.h"
#include "base/json.h"
#include "contract/insights_bundle.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const auto key = SigningKey::generate();
  static const auto pinned = to_base64(key.public_key());
  require(!verify_insights(bytes, pinned).ok());
  const auto json = parse_foreign_json(bytes);
  if (!json.ok() || !json->is_object()) return 0;
  const auto signature = key.sign("candor insights 1\n" + to_line(*json));
  const auto read = verify_insights(
      to_line({{"insights", *json},
               {"signature", {{"key", to_hex(key.public_key())}, {"ed25519", to_hex(signature)}}}}),
      pinned);
  if (!read.ok()) return 0;
  const auto text = insights_text(*read, key);
  const auto again = verify_insights(text, pinned);
  require(again.ok() && insights_text(*again, key) == text);
  return 0;
}
