// Whether telemetry is on, and who says so.
//
// Levels, in this order: compiled out, DO_NOT_TRACK, CANDOR_TELEMETRY, the policy file, the
// product's own switch, the consent on disk, and off where there is none. An off at any level wins;
// nothing but the consent can switch on.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/environment.h"
#include "base/files.h"
#include "base/result.h"

namespace candor {

enum class Mode { kOff, kLocal, kOn };  // kLocal: reports are sealed and shown, never sent
enum class Level {
  kCompiledOut,
  kDoNotTrack,
  kEnvironment,
  kPolicy,
  kProduct,
  kConsent,
  kNoConsent
};

std::string_view name_of(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);  // "on", "off", "local"

struct Policy {
  Mode telemetry = Mode::kOn;
  std::string reason;  // for the operator; may be empty
  Path file;
  bool by_variable = false;  // CANDOR_POLICY names the file
};

// Whether the program was built with CANDOR_WITHOUT_TELEMETRY: then it is off, whatever is said.
bool is_compiled_out();

struct SwitchInputs {
  std::string do_not_track;      // the variable's text
  std::string candor_telemetry;  // the variable's text
  std::optional<Policy> policy;
  std::optional<Mode> consent;  // nothing: never asked
  // Why the product itself was told to send nothing, a sentence; nothing: it was not.
  std::optional<std::string> product_refusal{};
  bool by_notice = false;              // announced, and not refused
  std::optional<Instant> starts_at{};  // announced for then, which has not come yet
  bool compiled_out = is_compiled_out();
};

struct Decision {
  Mode mode = Mode::kOff;
  Level level = Level::kNoConsent;  // whose word it is
  std::string reason;               // a sentence

  // Whether somebody else than the consent on disk forbids sending.
  bool is_forbidden() const { return mode != Mode::kOn && level < Level::kConsent; }
};

// Pure.
Decision decide(const SwitchInputs& inputs);

inline constexpr std::string_view kPolicyFile = "/etc/candor/policy.toml";

// The policy of an organisation or distribution: `system_file`, and besides it the file
// that CANDOR_POLICY names; the stricter one counts. Nothing when neither is there. A file that
// cannot be read or is wrong says off, and so does a missing one that CANDOR_POLICY names.
std::optional<Policy> read_policy(const Environment& environment,
                                  const Path& system_file = kPolicyFile);
// kConfiguration with file, line and column.
Result<Policy> parse_policy(std::string_view text, const Path& file);

// A run without a person: a continuous-integration service. What it sends is marked as automation.
bool is_automation(const Environment& environment);

}  // namespace candor
