// Arbitrary bytes as a request of remote write. The first byte says of which version, and whether
// the rest is packed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "samples_contract.h"
#include "server/admit/hash_here.h"
#include "server/protocol/remote_write.h"
#include "wire/snappy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;
  if (size == 0) return 0;
  std::string message(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((data[0] & 2) != 0) {
    auto unpacked = unsnappy(message, 1u << 20);
    if (!unpacked.ok()) return 0;
    message = *std::move(unpacked);
    if (message.size() > 1u << 20) std::abort();
  }
  const HashHere hash("key");
  const auto version = data[0] % 2 == 0 ? RemoteWrite::kVersion1 : RemoteWrite::kVersion2;
  // What is known of series by the second time says the same as the contract.
  KnownSeries known;
  std::string first;
  for (const int turn : {1, 2}) {
    SampleAdmission admission(fuzz_contract(), from_unix_millis(kFuzzReceived), hash, &known);
    const auto status = read_remote_write(message, version, admission);
    if (!status.ok() && status.error().kind != ErrorKind::kBadData) std::abort();
    const auto text = text_of(admission.admitted());
    if (turn == 2 && text != first) std::abort();
    first = text;
    check_admitted(admission.take());
  }
  return 0;
}
