// libcandor for C++: the same as candor.h, with types. Header only; nothing here throws.
//
//   candor::Telemetry telemetry("acme");
//   const auto exports = telemetry.counter("usage.exports");
//   const auto exported = telemetry.event("exported");
//   const auto format = exported.field("format");
//   ...
//   exports.add();
//   exported.record(format = "csv");
//
// What is found is found by name once, and may be kept and copied for as long as the process lives.
#pragma once

#include <candor/candor.h>

#include <array>
#include <candor/values.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace candor {

class Counter {
 public:
  Counter() = default;
  Counter(candor_telemetry* telemetry, candor_counter counter)
      : telemetry_(telemetry), counter_(counter) {}
  void add(std::uint64_t count = 1) const { candor_add(telemetry_, counter_, count); }
  // Whether it is declared; it may be switched off all the same.
  explicit operator bool() const { return counter_.declaration != 0; }

 private:
  candor_telemetry* telemetry_ = nullptr;
  candor_counter counter_{};
};

class Histogram {
 public:
  Histogram() = default;
  Histogram(candor_telemetry* telemetry, const candor_histogram& histogram)
      : telemetry_(telemetry), histogram_(histogram) {}
  void observe(double value) const { candor_observe(telemetry_, &histogram_, value); }
  explicit operator bool() const { return histogram_.declaration != 0; }

 private:
  candor_telemetry* telemetry_ = nullptr;
  candor_histogram histogram_{};
};

// A field of an event or a run; `field = value` is a value of it.
class Field {
 public:
  Field() = default;
  explicit Field(std::uint32_t number) : number_(number) {}

  candor_value operator=(bool value) const { return candor_boolean(number_, value); }
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) candor_value operator=(Integer value) const {
    // What a number of 64 bits with a sign cannot hold is no value.
    return candor_integer(std::in_range<std::int64_t>(value) ? number_ : 0,
                          static_cast<std::int64_t>(value));
  }
  candor_value operator=(std::floating_point auto value) const {
    return candor_number(number_, static_cast<double>(value));
  }
  // Read when it is recorded.
  candor_value operator=(std::string_view value) const {
    return candor_text_of(number_, value.data(), value.size());
  }
  candor_value operator=(const char* value) const { return candor_text(number_, value); }
  explicit operator bool() const { return number_ != 0; }
  std::uint32_t number() const { return number_; }

 private:
  std::uint32_t number_ = 0;
};

enum class Outcome {
  completed = CANDOR_COMPLETED,
  failed = CANDOR_FAILED,
  aborted = CANDOR_ABORTED,
};

// Something that began. Without an end it is told as aborted when it goes out of scope: when an
// exception passes, for instance.
class Run {
 public:
  Run() = default;
  explicit Run(const candor_run& run) : run_(run) {}
  Run(Run&& other) noexcept : run_(std::exchange(other.run_, candor_run{})) {}
  Run& operator=(Run&& other) noexcept {
    complete(Outcome::aborted);
    run_ = std::exchange(other.run_, candor_run{});
    return *this;
  }
  ~Run() { complete(Outcome::aborted); }

  // Once; what comes later counts no more.
  void complete(Outcome outcome) {
    if (run_.open != 0) candor_end(&run_, static_cast<candor_outcome>(outcome));
  }

 private:
  candor_run run_{};
};

// An event or a run, as its contract names it.
class Event {
 public:
  Event() = default;
  Event(candor_telemetry* telemetry, std::uint32_t number)
      : telemetry_(telemetry), number_(number) {}

  Field field(const char* path) const {
    return Field(candor_find_field(telemetry_, number_, path));
  }
  // By value: a copy of what was just written in parts waits for them.
  template <std::same_as<candor_value>... Values>
  candor_result record(Values... values) const {
    const std::array<candor_value, sizeof...(values)> all{values...};
    return candor_record(telemetry_, number_, all.data(), all.size());
  }
  template <std::same_as<candor_value>... Values>
  [[nodiscard]] Run start(const Values&... values) const {
    const std::array<candor_value, sizeof...(values)> all{values...};
    candor_run run;
    candor_begin(telemetry_, number_, all.data(), all.size(), &run);
    return Run(run);
  }
  explicit operator bool() const { return number_ != 0; }

 private:
  candor_telemetry* telemetry_ = nullptr;
  std::uint32_t number_ = 0;
};

// What the usage of all installations says about a version of a plugin.
class Advice {
 public:
  Advice() = default;
  explicit Advice(const candor_advice& advice) : advice_(advice) {}

  // Whether there is any.
  explicit operator bool() const { return advice_.verdict != CANDOR_NO_ADVICE; }
  bool is_failing() const { return advice_.verdict == CANDOR_FAILING; }
  std::string_view better() const { return advice_.better; }  // empty: none is known
  std::string_view sentence() const { return advice_.sentence; }

 private:
  candor_advice advice_{};
};

// One product in this process.
class Telemetry {
 public:
  // `folder` as in candor_options; nullptr: the usual one.
  explicit Telemetry(const char* product, const char* folder = nullptr) {
    const candor_options options{sizeof(candor_options), product, folder};
    telemetry_ = candor_start(&options);
  }

  Counter counter(const char* path) const {
    return {telemetry_, candor_find_counter(telemetry_, path)};
  }
  Histogram histogram(const char* path) const {
    return {telemetry_, candor_find_histogram(telemetry_, path)};
  }
  Event event(const char* name) const { return {telemetry_, candor_find_event(telemetry_, name)}; }
  // As candor_advise().
  Advice advise(const char* event, const char* name, const char* version) const {
    candor_advice advice;
    candor_advise(telemetry_, event, name, version, &advice);
    return Advice(advice);
  }
  // From now on a fatal signal leaves a record; see candor_record_crashes().
  candor_result record_crashes(const char* program, const char* version) const {
    const candor_crash_options options{sizeof(candor_crash_options), program, version};
    return candor_record_crashes(telemetry_, &options);
  }
  // From now on nothing is recorded.
  void stop() const { candor_stop(telemetry_); }
  candor_telemetry* get() const { return telemetry_; }

 private:
  candor_telemetry* telemetry_;
};

}  // namespace candor
