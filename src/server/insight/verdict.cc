#include "server/insight/verdict.h"

#include <fmt/format.h>

#include "base/counted.h"
#include "server/insight/limits.h"

namespace candor {
namespace {

// Whether `part` is at least that percentage of `all`.
bool is_at_least(std::uint64_t part, std::uint64_t all, std::uint64_t percent) {
  return part * 100 >= all * percent;
}

// Whether the share that completed is so many points of a hundred lower, or more. Without a
// division, which would make a little less than twenty of 100 % and 80 %.
bool is_points_below(const RunCounts& runs, const RunCounts& than, std::uint64_t points) {
  const auto wide = [](std::uint64_t count) { return static_cast<long double>(count); };
  const auto ended = wide(runs.ended()), others = wide(than.ended());
  return wide(than.completed) * ended * 100 >=
         wide(runs.completed) * others * 100 + wide(points) * others * ended;
}

std::string runs_text(const RunCounts& runs) {
  return fmt::format("{} of {} completed ({:.0f} %)", runs.completed, counted(runs.ended(), "run"),
                     runs.success() * 100);
}

Judgement judge(const VersionFacts& version, const VersionFacts* healthy) {
  if (version.installations < kJudgedInstallations) {
    return {Verdict::kUnknown,
            fmt::format("Not enough is known: runs of {} ended, and a verdict is made from {} on.",
                        counted(version.installations, "installation"), kJudgedInstallations)};
  }
  const auto failing = fmt::format("{} of {} had more failed and lost runs than completed ones",
                                   version.failing, counted(version.installations, "installation"));
  if (is_at_least(version.failing, version.installations, kFailingPercent)) {
    return {Verdict::kFailing,
            fmt::format("{}: from {} % on it is failing.", failing, kFailingPercent)};
  }
  if (is_at_least(version.failing, version.installations, kDegradedPercent)) {
    return {Verdict::kDegraded,
            fmt::format("{}: from {} % on it is degraded.", failing, kDegradedPercent)};
  }
  if (healthy != nullptr && is_points_below(version.runs, healthy->runs, kDegradedPoints)) {
    return {Verdict::kDegraded,
            fmt::format("{}, {} points or more below {}, which is healthy: {:.0f} %.",
                        runs_text(version.runs), kDegradedPoints, healthy->version,
                        healthy->runs.success() * 100)};
  }
  return {Verdict::kHealthy, fmt::format("{}; {}: below {} % it is healthy.",
                                         runs_text(version.runs), failing, kDegradedPercent)};
}

}  // namespace

double RunCounts::success() const {
  const auto all = ended();
  return all == 0 ? 0 : static_cast<double>(completed) / static_cast<double>(all);
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUnknown:
      break;
    case Verdict::kHealthy:
      return "healthy";
    case Verdict::kDegraded:
      return "degraded";
    case Verdict::kFailing:
      return "failing";
  }
  return "unknown";
}

std::vector<Judgement> judge(std::span<const VersionFacts> versions) {
  std::vector<Judgement> judgements;
  const VersionFacts* healthy = nullptr;
  for (const auto& version : versions) {
    judgements.push_back(judge(version, healthy));
    if (judgements.back().verdict == Verdict::kHealthy) healthy = &version;
  }
  return judgements;
}

}  // namespace candor
