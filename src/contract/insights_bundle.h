// The bundle of insights: what a collector tells every client alike about plugins and crashes,
// signed with the key of its receipts. Agent and collector share this text
// (docs/formats/insights.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/signature.h"

namespace candor {

// Names of verdicts as they stand in a bundle and in answers.
inline constexpr std::string_view kHealthy = "healthy";
inline constexpr std::string_view kDegraded = "degraded";
inline constexpr std::string_view kFailing = "failing";

// How one version of a plugin, or of what else an event with `health` is about, does.
struct PluginInsight {
  std::string event;
  std::string name;
  std::string version;  // may be empty: its event tells none
  std::string verdict;  // one of the three above
  std::string rule;     // one sentence, with the figures that led to it
  std::string since;    // the first day of the window on which it ran, "2026-11-20"
  std::uint64_t installations = 0;
  std::uint64_t runs = 0;  // that ended
  double success = 0;      // the share of them that completed, 0 to 1
  std::uint64_t lost = 0;
  std::optional<std::uint64_t> median_ms;
  std::optional<std::uint64_t> p95_ms;
  std::string better;  // the newest version whose verdict is healthy; empty: there is none
};

// A crash that the vendor marked as mended.
struct CrashInsight {
  std::string signature;    // 64 hex digits
  std::string known_since;  // day
  std::string fixed_in;     // version
};

struct InsightsBundle {
  std::string product;
  std::string made;  // RFC 3339, the collector's clock
  int window_days = 0;
  std::vector<PluginInsight> plugins;  // by name, then version, then event
  std::vector<CrashInsight> crashes;   // by signature
};

// Leaves out as many plugins at the end of the list as insights_text() has too many bytes for
// kMaxInsightsBytes.
void cut_insights(InsightsBundle& bundle);

// The bytes of the file, signed.
std::string insights_text(const InsightsBundle& bundle, const SigningKey& key);

// What a file says that was signed with that key (base64, as it is pinned for receipts). kBadData
// when it is no such file, is too large or of another format; kGeneral when another key or nobody
// signed it.
Result<InsightsBundle> verify_insights(std::string_view text, std::string_view key);

// What stands for the bytes in ETag and If-None-Match. Whoever has them can compute it, so that a
// client tells nobody which mark it was given.
std::string insights_etag(std::string_view text);

}  // namespace candor
