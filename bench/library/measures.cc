#include "library/measures.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <array>
#include <candor/candor.hpp>
#include <memory>
#include <optional>
#include <random>
#include <thread>

#include "library/allocations.h"
#include "library/folder.h"
#include "library/turns.h"

namespace candor::bench {
namespace {

constexpr std::uint64_t kBatch = 10'000;
// Fewer than a block has room for, and than the peer's queue: nobody drops and nobody waits.
constexpr std::uint64_t kEventBatch = 256;
constexpr std::uint64_t kQueue = 8'192;
constexpr std::size_t kValues = 1'024;

constexpr auto kNothing = [] {};

// Seconds as syncs take them, from below the first bound to above the last.
std::array<double, kValues> some_seconds() {
  std::mt19937 random(7);
  std::lognormal_distribution<double> seconds(-1.0, 2.0);
  std::array<double, kValues> values;
  for (auto& value : values) value = seconds(random);
  return values;
}

struct Ours {
  explicit Ours(const std::string& folder)
      : telemetry("bench", folder.c_str()),
        counter(telemetry.counter("usage.exports")),
        off(telemetry.counter("usage.off")),
        histogram(telemetry.histogram("timings.sync")),
        event(telemetry.event("exported")),
        format(event.field("format")),
        rows(event.field("rows")),
        plugin(event.field("plugin")) {
    counter.add();
    reader.emplace(folder);
  }
  void record(std::uint64_t i) const {
    event.record(format = "csv", rows = i, plugin = "tap-postgres");
  }

  Telemetry telemetry;
  Counter counter, off;
  Histogram histogram;
  Event event;
  Field format, rows, plugin;
  std::optional<Reader> reader;
};

struct Peer {
  Peer() {
    spdlog::init_thread_pool(kQueue, 1);
    logger = spdlog::create_async<spdlog::sinks::basic_file_sink_mt>("bench", "/dev/null");
  }
  void record(std::uint64_t i) const {
    logger->info("exported format={} rows={} plugin={}", "csv", i, "tap-postgres");
  }
  // Until all that was logged is written.
  void empty() const {
    while (spdlog::thread_pool()->queue_size() > 0) std::this_thread::yield();
  }

  prometheus::Counter counter;
  prometheus::Histogram histogram{
      prometheus::Histogram::BucketBoundaries{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}};
  std::shared_ptr<spdlog::logger> logger;
};

std::unique_ptr<Ours> ours;
std::unique_ptr<Peer> peer;

inline void empty_function(std::uint64_t) {}

// Two threads at once; nanoseconds a call of either.
template <typename Call>
double by_two(double seconds, Call call) {
  double one = 0, other = 0;
  std::thread second([&] { other = each_of(seconds, kBatch, call, kNothing); });
  one = each_of(seconds, kBatch, call, kNothing);
  second.join();
  return (one + other) / 2;
}

}  // namespace

std::vector<Measure> measures(const std::filesystem::path& folder) {
  ours = std::make_unique<Ours>(folder.string());
  peer = std::make_unique<Peer>();
  static const auto seconds_taken = some_seconds();
  const auto add = [](std::uint64_t) { ours->counter.add(); };
  const auto increment = [](std::uint64_t) { peer->counter.Increment(); };
  return {
      {"counter", [=](double seconds) { return each_of(seconds, kBatch, add, kNothing); },
       [=](double seconds) { return each_of(seconds, kBatch, increment, kNothing); }},
      {"histogram",
       [](double seconds) {
         return each_of(
             seconds, kBatch,
             [](std::uint64_t i) { ours->histogram.observe(seconds_taken[i % kValues]); },
             kNothing);
       },
       [](double seconds) {
         return each_of(
             seconds, kBatch,
             [](std::uint64_t i) { peer->histogram.Observe(seconds_taken[i % kValues]); },
             kNothing);
       }},
      {"event",
       [](double seconds) {
         return each_of(
             seconds, kEventBatch, [](std::uint64_t i) { ours->record(i); },
             [] { ours->reader->take(); });
       },
       [](double seconds) {
         return each_of(
             seconds, kEventBatch, [](std::uint64_t i) { peer->record(i); }, [] { peer->empty(); });
       }},
      {"two_threads", [=](double seconds) { return by_two(seconds, add); },
       [=](double seconds) { return by_two(seconds, increment); }},
      {"off",
       [](double seconds) {
         return each_of(
             seconds, kBatch, [](std::uint64_t) { ours->off.add(); }, kNothing);
       },
       [](double seconds) { return each_of(seconds, kBatch, empty_function, kNothing); }},
  };
}

Tail event_tail(std::uint64_t count) {
  const auto all = singly(
      count, kEventBatch, [](std::uint64_t i) { ours->record(i); }, [] { ours->reader->take(); });
  const auto rate = ticks_per_nanosecond();
  const auto at = [&](double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))] / rate;
  };
  return {at(0.5), at(0.99), at(0.999)};
}

std::uint64_t allocations_of(std::uint64_t calls) {
  const auto before = allocations();
  for (std::uint64_t i = 0; i < calls; ++i) {
    ours->counter.add();
    ours->histogram.observe(0.3);
    ours->record(i);
    if (i % kEventBatch == 0) ours->reader->take();
  }
  return allocations() - before;
}

std::uint64_t dropped() { return ours->reader->dropped(); }

}  // namespace candor::bench
