// What is measured: each with one side of libcandor and one of a peer.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace candor::bench {

struct Measure {
  std::string name;
  // A turn of so many seconds: nanoseconds a call.
  std::function<double(double seconds)> candor;
  std::function<double(double seconds)> peer;
};

// Of libcandor in that state folder (folder.h). One ring is made in it.
std::vector<Measure> measures(const std::filesystem::path& folder);

struct Tail {
  double p50 = 0, p99 = 0, p999 = 0;  // nanoseconds of a single call
};
Tail event_tail(std::uint64_t count);

// How often memory was asked for in so many calls of everything that is recorded often.
std::uint64_t allocations_of(std::uint64_t calls);
// Events that found no room.
std::uint64_t dropped();

}  // namespace candor::bench
