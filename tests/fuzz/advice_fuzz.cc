// Arbitrary bytes as a file of advice: nothing crashes, and what is found stands in it. What is
// made of arbitrary names is found again.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "library/advice.h"
#include "require.h"

namespace {

using namespace candor;
using namespace candor::library;

class Bytes final : public AdviceBytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t offset, char* into, std::size_t count) const override {
    if (offset >= bytes_.size()) return 0;
    const auto part = bytes_.substr(offset, count);
    std::memcpy(into, part.data(), part.size());
    return part.size();
  }

 private:
  std::string_view bytes_;
};

constexpr std::int64_t kNow = 1'800'000'000'000;

// Of lines, each the event, name and version of a plugin, parted by spaces.
std::vector<AdviceLine> lines_of(std::string_view text) {
  std::vector<AdviceLine> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto first = line.find(' ');
    const auto second = first == line.npos ? line.npos : line.find(' ', first + 1);
    if (second == line.npos) continue;
    lines.push_back({std::string(line.substr(0, first)),
                     std::string(line.substr(first + 1, second - first - 1)),
                     std::string(line.substr(second + 1)), Verdict::kFailing, "", ""});
  }
  return lines;
}

bool is_name(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return false;
  }
  return text.size() <= kMaxAdviceNameBytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  AdviceRoom room;
  if (find_advice(Bytes(bytes), "acme", {"plugin", "tap-x", "1.2.3"}, kNow, room))
    require(bytes.find("plugin\ttap-x\t1.2.3\t") != bytes.npos);
  const auto lines = lines_of(bytes);
  if (lines.size() > kMaxAdviceLines) return 0;
  const auto made = make_advice("acme", kNow, lines);
  for (const auto& line : lines) {
    const bool fits = is_name(line.event) && is_name(line.name) && is_name(line.version);
    const PluginName plugin{line.event, line.name, line.version};
    require(find_advice(Bytes(made), "acme", plugin, kNow, room).has_value() == fits);
  }
  return 0;
}
