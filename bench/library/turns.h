// Turns that are measured: what a call costs, and how long single calls take.
#pragma once

#include <time.h>
#include <x86intrin.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace candor::bench {

inline std::int64_t nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// What the compiler may neither leave out nor do once for many.
inline void happened() { asm volatile("" ::: "memory"); }

// Nanoseconds a call, while `seconds` pass: of the median batch, so that one in which somebody else
// had the core counts no more than another. `between` is called after each, beside the clock.
template <typename Call, typename Between>
double each_of(double seconds, std::uint64_t batch, Call call, Between between) {
  std::vector<double> all;
  const auto until = nanoseconds() + static_cast<std::int64_t>(seconds * 1e9);
  do {
    const auto from = nanoseconds();
    for (std::uint64_t i = 0; i < batch; ++i) {
      call(i);
      happened();
    }
    all.push_back(static_cast<double>(nanoseconds() - from) / static_cast<double>(batch));
    between();
  } while (nanoseconds() < until);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

// So many single calls in ticks of the processor, less what looking at the clock takes; ascending.
template <typename Call, typename Between>
std::vector<double> singly(std::uint64_t count, std::uint64_t batch, Call call, Between between) {
  const auto ticks_of = [](auto&& body) {
    unsigned ignored;
    const auto from = __rdtscp(&ignored);
    _mm_lfence();
    body();
    const auto to = __rdtscp(&ignored);
    _mm_lfence();
    return static_cast<double>(to - from);
  };
  std::vector<double> bare(count), all(count);
  for (auto& one : bare) one = ticks_of([] { happened(); });
  std::nth_element(bare.begin(), bare.begin() + static_cast<std::ptrdiff_t>(count / 2), bare.end());
  const auto clock = bare[count / 2];
  for (std::uint64_t i = 0; i < count; ++i) {
    all[i] = std::max(0.0, ticks_of([&] { call(i); }) - clock);
    if ((i + 1) % batch == 0) between();
  }
  std::sort(all.begin(), all.end());
  return all;
}

inline double ticks_per_nanosecond() {
  const auto from = nanoseconds();
  const auto ticks = __rdtsc();
  while (nanoseconds() - from < 20'000'000) {
  }
  return static_cast<double>(__rdtsc() - ticks) / static_cast<double>(nanoseconds() - from);
}

}  // namespace candor::bench
