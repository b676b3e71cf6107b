// Arbitrary bytes as a file of metrics, and as what a service exposes: what the agent seals of that
// the collector takes, all of it.
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/seal/seal_metrics.h"
#include "agent/send/push_message.h"
#include "metrics/exposition_reader.h"
#include "require.h"
#include "samples_contract.h"
#include "server/admit/hash_here.h"
#include "server/protocol/remote_write.h"
#include "wire/snappy.h"

namespace candor {
namespace {

AdmittedSamples admitted(const std::string& block) {
  const auto message = unsnappy(block, 1u << 26);
  require(message.ok());
  const HashHere hash("key");
  SampleAdmission admission(fuzz_contract(), from_unix_millis(kFuzzReceived), hash);
  require(read_remote_write(*message, RemoteWrite::kVersion1, admission).ok());
  return admission.take();
}

void check_file(std::string_view file) {
  const auto block = push_message(file);
  if (block.ok()) admitted(*block);
}

void check_service(std::string_view text) {
  auto families = read_exposition(text, Exposition::kText);
  if (!families.ok()) return;
  const ContractPtr contract(ContractPtr(), &fuzz_contract());
  const MetricTerms terms{
      contract, ConsentedFields::all_of(*contract), {"monitoring"}, "key", "id"};
  const auto push =
      seal_metrics(*std::move(families), terms, "fuzz", from_unix_millis(kFuzzReceived));
  if (!push.document) return;
  const auto& file = push.document->bytes();
  require(count_samples(file) == push.counts.sealed);
  const auto block = push_message(file);
  require(block.ok());
  const auto taken = admitted(*block);
  require(taken.accepted == push.counts.sealed && taken.quarantined == 0 && taken.refused.empty());
  for (const auto& row : taken.dropped) require(row.problem == Problem::kHashedHere);
}

}  // namespace
}  // namespace candor

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  candor::check_file(text);
  candor::check_service(text);
  return 0;
}
