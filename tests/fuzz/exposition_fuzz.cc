// Arbitrary bytes as what another program exposes: reading never crashes, says why not, and what it
// reads is written and read back as the same.
#include <cstdint>
#include <string_view>

#include "metrics/exposition_reader.h"
#include "metrics/limits.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto format : {Exposition::kText, Exposition::kOpenMetrics}) {
    const auto read = read_exposition(text, format);
    if (!read.ok()) {
      require(read.error().kind == ErrorKind::kBadData && !read.error().message.empty());
      continue;
    }
    std::size_t samples = 0;
    for (const auto& family : *read) {
      require(!family.name.empty() && !family.samples.empty());
      samples += family.samples.size();
    }
    require(samples <= kMaxExposedSamples);
    const auto written = expose(*read, format);
    const auto again = read_exposition(written, format);
    require(again.ok() && expose(*again, format) == written);
  }
  return 0;
}
