// candor_library_bench: libcandor beside its peers, one turn of each side after the other.
//
//   candor_library_bench FOLDER PAIRS SECONDS   a state folder is made in FOLDER
//
// Prints one JSON document: nanoseconds a call, by measure, side and turn.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "library/folder.h"
#include "library/measures.h"

namespace candor::bench {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kSingleCalls = 200'000;
constexpr std::uint64_t kCountedCalls = 100'000;

Json measure(const char* folder, int pairs, double seconds) {
  make_state(folder);
  Json document;
  const auto all = measures(folder);
  for (const auto& one : all) {
    Json ours = Json::array(), peers = Json::array();
    // The first pair warms up.
    for (int pair = 0; pair <= pairs; ++pair) {
      const double candor = one.candor(seconds), peer = one.peer(seconds);
      if (pair == 0) continue;
      ours.push_back(candor);
      peers.push_back(peer);
    }
    document["measures"].push_back({{"name", one.name}, {"candor", ours}, {"peer", peers}});
  }
  for (int pair = 0; pair < pairs; ++pair) {
    const auto tail = event_tail(kSingleCalls);
    document["event_tail"].push_back({{"p50", tail.p50}, {"p99", tail.p99}, {"p999", tail.p999}});
  }
  document["allocations"] = allocations_of(kCountedCalls);
  document["dropped"] = dropped();
  return document;
}

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  try {
    if (argc != 4) throw std::invalid_argument("candor_library_bench FOLDER PAIRS SECONDS");
    const auto document = candor::bench::measure(argv[1], std::stoi(argv[2]), std::stod(argv[3]));
    std::puts(document.dump().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "candor_library_bench: %s\n", error.what());
    return 1;
  }
}
