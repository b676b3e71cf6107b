#include "agent/seal/off_switch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/ascii.h"
#include "base/toml.h"
#include "library/environment.h"

namespace candor {
namespace {

constexpr std::array<std::string_view, 3> kModes = {"off", "local", "on"};
constexpr std::size_t kMaxPolicyBytes = 64 * 1024;

#ifdef CANDOR_WITHOUT_TELEMETRY
constexpr bool kCompiledOut = true;
#else
constexpr bool kCompiledOut = false;
#endif

// What one level says; nothing when it leaves the question to the next.
std::optional<Decision> environment_says(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto mode = parse_mode(to_lower(text));
  if (!mode) {
    return Decision{
        Mode::kOff, Level::kEnvironment,
        fmt::format("CANDOR_TELEMETRY={} is not off, local or on, and counts as off.", text)};
  }
  if (*mode == Mode::kOn) return std::nullopt;
  return Decision{*mode, Level::kEnvironment,
                  fmt::format("CANDOR_TELEMETRY={} is set.", name_of(*mode))};
}

std::optional<Decision> policy_says(const std::optional<Policy>& policy) {
  if (!policy || policy->telemetry == Mode::kOn) return std::nullopt;
  auto reason = fmt::format("The policy {}{} says {}", policy->file.string(),
                            policy->by_variable ? ", which CANDOR_POLICY names," : "",
                            name_of(policy->telemetry));
  reason += policy->reason.empty() ? "." : fmt::format(": {}", policy->reason);
  return Decision{policy->telemetry, Level::kPolicy, std::move(reason)};
}

std::optional<Decision> product_says(const std::optional<std::string>& refusal) {
  if (!refusal) return std::nullopt;
  return Decision{Mode::kOff, Level::kProduct, *refusal};
}

Decision consent_says(const SwitchInputs& inputs) {
  const auto& consent = inputs.consent;
  if (!consent) return {Mode::kOff, Level::kNoConsent, "Nobody has switched it on."};
  switch (*consent) {
    case Mode::kOff:
      return {Mode::kOff, Level::kConsent, "It was switched off with `candor off`."};
    case Mode::kLocal:
      return {Mode::kLocal, Level::kConsent, "It was set to local with `candor local`."};
    case Mode::kOn:
      break;
  }
  if (inputs.starts_at) {
    return {Mode::kOff, Level::kConsent,
            fmt::format("A notice was given, and it begins at {} unless `candor off` refuses it. "
                        "`candor on` begins at once.",
                        format_rfc3339(*inputs.starts_at))};
  }
  if (inputs.by_notice) {
    return {Mode::kOn, Level::kConsent,
            "A notice was given, and nobody refused. `candor off` refuses for good."};
  }
  return {Mode::kOn, Level::kConsent, "It was switched on with `candor on`."};
}

}  // namespace

std::string_view name_of(Mode mode) { return kModes[static_cast<std::size_t>(mode)]; }

std::optional<Mode> parse_mode(std::string_view text) {
  const auto found = std::ranges::find(kModes, text);
  if (found == kModes.end()) return std::nullopt;
  return static_cast<Mode>(found - kModes.begin());
}

bool is_compiled_out() { return kCompiledOut; }

Decision decide(const SwitchInputs& inputs) {
  if (inputs.compiled_out) {
    return {Mode::kOff, Level::kCompiledOut,
            "This program was built without telemetry (CANDOR_WITHOUT_TELEMETRY)."};
  }
  if (library::says_yes(inputs.do_not_track)) {
    return {Mode::kOff, Level::kDoNotTrack,
            fmt::format("DO_NOT_TRACK={} is set.", inputs.do_not_track)};
  }
  auto decision = consent_says(inputs);
  // From the weakest level to the strongest: of two equal words the stronger level's is told.
  for (const auto& said : {product_says(inputs.product_refusal), policy_says(inputs.policy),
                           environment_says(inputs.candor_telemetry)}) {
    if (said && said->mode <= decision.mode) decision = *said;
  }
  return decision;
}

Result<Policy> parse_policy(std::string_view text, const Path& file) {
  CANDOR_ASSIGN(toml, TomlFile::parse(text, file.string()));
  auto root = toml.root();
  Policy policy;
  policy.file = file;
  policy.telemetry = static_cast<Mode>(root.choice("telemetry", {kModes.begin(), kModes.end()}, 0));
  policy.reason = root.text("reason");
  CANDOR_TRY(toml.finish());
  return policy;
}

std::optional<Policy> read_policy(const Environment& environment, const Path& system_file) {
  std::optional<Policy> strictest;
  const Path named = environment.get("CANDOR_POLICY");
  for (const auto& file : {system_file, named}) {
    if (file.empty()) continue;
    const auto text = read_file(file, kMaxPolicyBytes);
    const bool missing = !text.ok() && text.error().kind == ErrorKind::kNotFound;
    if (missing && file != named) continue;
    // Whoever wrote a policy wanted to forbid something; what cannot be read forbids all.
    Policy policy{Mode::kOff, "", file, false};
    if (!text.ok()) {
      policy.reason = text.error().message + ", and that counts as off.";
    } else if (auto parsed = parse_policy(*text, file); parsed.ok()) {
      policy = std::move(*parsed);
    } else {
      policy.reason = parsed.error().message + " That counts as off.";
    }
    policy.by_variable = file == named;
    if (!strictest || policy.telemetry < strictest->telemetry) strictest = std::move(policy);
  }
  return strictest;
}

bool is_automation(const Environment& environment) {
  if (std::ranges::any_of(library::kAutomationServices,
                          [&](const char* name) { return environment.has(name); }))
    return true;
  return library::says_yes(environment.get("CI"));
}

}  // namespace candor
