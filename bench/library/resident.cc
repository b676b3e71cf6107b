// candor_library_resident FOLDER LIBRARY: by how many resident bytes a program grows that loads
// that libcandor, starts it and records until the ring of its thread is full. It is not linked to
// the library, or part of it would be there before. A state folder is made in FOLDER.
#include <candor/candor.h>
#include <dlfcn.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include "library/folder.h"

namespace candor::bench {
namespace {

// As the kernel counts it now, page by page; /proc/self/statm counts in larger steps.
std::int64_t resident_bytes() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string line; std::getline(rollup, line);) {
    if (line.starts_with("Rss:")) return std::stoll(line.substr(4)) * 1024;
  }
  throw std::runtime_error("/proc/self/smaps_rollup cannot be read");
}

template <typename Function>
Function* function(void* library, const char* name) {
  auto* const found = dlsym(library, name);
  if (found == nullptr) throw std::runtime_error(dlerror());
  return reinterpret_cast<Function*>(found);
}

std::int64_t resident_bytes_added(const char* folder, const char* library) {
  resident_bytes();  // what asking needs is there before
  const auto before = resident_bytes();
  void* const loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) throw std::runtime_error(dlerror());
  const candor_options options{sizeof options, "bench", folder};
  auto* const telemetry = function<decltype(candor_start)>(loaded, "candor_start")(&options);
  const auto counter = function<decltype(candor_find_counter)>(loaded, "candor_find_counter")(
      telemetry, "usage.exports");
  const auto event =
      function<decltype(candor_find_event)>(loaded, "candor_find_event")(telemetry, "exported");
  function<decltype(candor_add_slowly)>(loaded, "candor_add_slowly")(telemetry, counter, 1);
  const auto record = function<decltype(candor_record)>(loaded, "candor_record");
  while (record(telemetry, event, nullptr, 0) == CANDOR_OK) {
  }
  return resident_bytes() - before;
}

}  // namespace
}  // namespace candor::bench

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::invalid_argument("candor_library_resident FOLDER LIBRARY");
    candor::bench::make_state(argv[1]);
    const auto added = candor::bench::resident_bytes_added(argv[1], argv[2]);
    std::printf("{\"resident\":%lld}\n", static_cast<long long>(added));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "candor_library_resident: %s\n", error.what());
    return 1;
  }
}
