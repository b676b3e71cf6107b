// Arbitrary bytes as a request of OTLP. The first byte says in which encoding and of which signal.
// What is accepted, quarantined and refused adds up, and a record of it comes back as it was.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "samples_contract.h"
#include "server/admit/hash_here.h"
#include "server/protocol/otlp_points.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto signal = static_cast<OtlpSignal>((data[0] >> 1) % 3);
  const auto received = from_unix_millis(kFuzzReceived);
  const HashHere hash("key");
  SampleAdmission admission(fuzz_contract(), received, hash);
  OtlpPoints points(admission, received);
  const auto status = data[0] % 2 == 0 ? read_otlp_json(body, signal, points)
                                       : read_otlp_protobuf(body, signal, points);
  if (!status.ok() && status.error().kind != ErrorKind::kBadData) std::abort();
  if (points.rejected() > points.points()) std::abort();
  check_admitted(admission.take());
  return 0;
}
