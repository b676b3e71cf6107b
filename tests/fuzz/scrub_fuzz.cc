// A document with a serial number, and another text planted somewhere in it: whatever it is, the
// serial number is nowhere in what the scrub leaves. The input: serial number, LF, a JSON document.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/seal/scrub.h"
#include "agent/seal/spellings.h"
#include "require.h"

namespace {

using namespace candor;

// Its letters and digits are in no text: not as a key, not as a value.
void require_none(const Json& json, const std::string& serial) {
  if (json.is_string())
    require(squeezed(json.get_ref<const std::string&>()).find(serial) == std::string::npos);
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) {
    if (json.is_object()) require(squeezed(key).find(serial) == std::string::npos);
    require_none(value, serial);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\n');
  if (end == std::string_view::npos) return 0;
  auto json = parse_json(input.substr(end + 1));
  if (!json.ok() || !json->is_object()) return 0;
  const std::string serial(input.substr(0, end));
  const auto letters = squeezed(serial);
  (*json)["serial_number"] = serial;
  const auto clean = scrub(*json, {"canaryhost"});
  require(clean.is_object());
  require(scrub(clean, {"canaryhost"}).is_object());
  // What a shorter one may do is told on the format's page; the word that replaces it, and the
  // number behind a key that was there already, are ours.
  for (int i = 0; i < 10; ++i) {
    const auto ours = squeezed("serial_number deleted") + std::to_string(i);
    if (ours.find(letters) != std::string::npos) return 0;
  }
  if (letters.size() >= 6) require_none(clean, letters);
  return 0;
}
