// One product in this process: its switch, its ring, and which thread has which block.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "candor/candor.h"
#include "hashing.h"
#include "library/declarations.h"
#include "ring_file.h"
#include "rules.h"
#include "values.h"

// The C interface's; what its inline functions read comes first. Lives as long as the process.
struct candor_telemetry {
  candor_hot hot;

  // Of nothing: every flag is 0.
  constexpr candor_telemetry() : hot{kOff, 0} {}

  static const std::uint8_t kOff[];
};

namespace candor::sdk {

// The agent's; `given` as in candor_options. Empty when none can be told.
std::string state_folder(const char* given);
// Where a product's switch is found; empty when no folder can be told.
std::string library_folder(const char* given);
// Whether the environment says off: DO_NOT_TRACK, CANDOR_TELEMETRY; and whether nobody sits before
// this run. To be asked when a product is started: a host may write to its environment later.
bool is_off_by_environment();
// Whether it says anything, so that there is nothing to ask.
bool is_decided_by_environment();
bool is_automation_by_environment();

// All functions from any thread.
class Telemetry : public candor_telemetry {
 public:
  // Nothing when there is no switch for that product, or none that can be read.
  static std::unique_ptr<Telemetry> open(std::string_view product, std::string folder,
                                         std::uint32_t place, bool is_automation);

  std::string_view product() const { return declarations_.product; }
  const std::string& folder() const { return folder_; }  // library/ in the state folder
  void switch_on() { set_flags(flags_); }
  void switch_off() { set_flags(kOff); }

  // The number of a declaration; 0: there is none. `event` is of fields only.
  std::uint32_t find(library::DeclaredKind kind, std::string_view name,
                     std::uint32_t event = 0) const;
  const library::Declared* declared(std::uint32_t number) const {
    return declarations_.find(number);
  }

  // Whether it is a declaration of that kind, and may be recorded now.
  bool may_record(library::DeclaredKind kind, std::uint32_t number) const {
    return rules_.is(kind, number) && candor_may_record(this, number) != 0;
  }

  // Whether anything may be recorded now.
  bool is_on() const;

  // What follows requires a declaration of the kind.
  void add(candor_counter counter, std::uint64_t count);
  void observe(const candor_histogram& histogram, double value);
  candor_result record(std::uint32_t event, std::span<const candor_value> values);
  candor_result begin(std::uint32_t declaration, std::span<const candor_value> values,
                      candor_run& run);
  candor_result end(candor_run& run, candor_outcome outcome);

  candor_result digest(const char* path, candor_file_digest& digest) const;

  // Of a survey; the question of any number.
  bool should_ask(std::uint32_t number, std::string_view version);
  const char* question(std::uint32_t number) const;

  // In a child of fork(): what the parent writes to is let go of. Under the lock.
  void leave_ring();

 private:
  Telemetry() = default;
  bool read_switch(const std::string& file);
  void read_key(const std::string& file);
  void set_flags(const std::uint8_t* flags);
  std::uint64_t* slots_here();
  void find_block(std::uint64_t*& slots);
  using Name = std::tuple<std::uint32_t, std::string_view, library::DeclaredKind>;
  Name name_of(std::uint32_t number) const;
  ValueTerms terms(std::uint32_t event) const;
  candor_result write_run(library::RecordHeader header, const candor_run& run);
  template <typename Put>
  candor_result in_block(Put put);

  std::string folder_;
  std::string text_;
  library::Declarations declarations_;
  FieldRules rules_;
  // Of surveys, with a zero behind each; by number of the declaration, empty for the others.
  std::vector<std::string> questions_;
  std::vector<std::uint32_t> by_name_;   // numbers of declarations
  const std::uint8_t* flags_ = nullptr;  // mapped, for as long as the process lives
  std::optional<Keyed> key_;
  bool is_automation_ = false;
  // Made when something is recorded, under the lock; goes in a forked child only.
  std::atomic<RingFile*> ring_ = nullptr;
  // Nobody looks for a ring or a block before that second, of a clock that only goes on: none was
  // to be had.
  std::atomic<std::int64_t> look_again_ = 0;
};

}  // namespace candor::sdk
