// Whether a version of something works for those who run it, and by which rule. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace candor {

// Runs by what became of them; each is in one of them.
struct RunCounts {
  std::uint64_t running = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t aborted = 0;
  std::uint64_t lost = 0;

  std::uint64_t ended() const { return completed + failed + aborted + lost; }
  // The share of what ended that completed, 0 to 1; 0 where nothing did.
  double success() const;
};

enum class Verdict { kUnknown, kHealthy, kDegraded, kFailing };
std::string_view name_of(Verdict verdict);

struct Judgement {
  Verdict verdict = Verdict::kUnknown;
  std::string rule;  // one sentence, with the figures that led to it
};

// What is known of one version, without automation.
struct VersionFacts {
  std::string_view version;
  std::uint64_t installations = 0;  // of which a run ended
  std::uint64_t failing = 0;        // of those, with more failed and lost runs than completed ones
  RunCounts runs;
};

// In the order of `versions`, which is the oldest first: a version is held to the ones before it.
std::vector<Judgement> judge(std::span<const VersionFacts> versions);

}  // namespace candor
