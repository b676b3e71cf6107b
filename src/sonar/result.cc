#include "sonar/result.h"

#include <array>
#include <utility>

#include "sonar/limits.h"

namespace candor {
namespace {

constexpr std::array<std::string_view, 10> kFailures = {
    "dns",       "connect", "tls",      "timeout", "http_status",
    "assertion", "auth",    "variable", "cleanup", "internal"};

}  // namespace

std::string_view name_of(ScanFailure failure) {
  return kFailures[static_cast<std::size_t>(failure)];
}

std::optional<ScanFailure> scan_failure_named(std::string_view name) {
  for (std::size_t i = 0; i < kFailures.size(); ++i) {
    if (kFailures[i] == name) return static_cast<ScanFailure>(i);
  }
  return std::nullopt;
}

std::string_view name_of(ScanOutcome outcome) {
  switch (outcome) {
    case ScanOutcome::kSuccess:
      return "success";
    case ScanOutcome::kFailure:
      return "failure";
    case ScanOutcome::kTimeout:
      return "timeout";
  }
  return "";
}

std::string cut_to_show(std::string_view text) {
  if (text.size() <= kMaxShownBytes) return std::string(text);
  auto end = kMaxShownBytes;
  // A byte 10xxxxxx goes on with a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace candor
