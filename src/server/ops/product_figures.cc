#include "server/ops/product_figures.h"

#include <algorithm>

#include "server/ops/limits.h"

namespace candor {
namespace {

// All of them from the start, so that a rise from nothing is seen.
constexpr const char* kOutcomes[] = {"accepted", "partly_quarantined", "quarantined", "refused",
                                     "duplicate"};

// Names came in reports: their length is bounded here, the rest by how metrics are written.
std::string told(std::string_view text) {
  auto end = std::min(text.size(), kMaxToldLabelBytes);
  // Not within a letter of UTF-8.
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return std::string(text.substr(0, end));
}

}  // namespace

ProductFigures product_figures(const Overview& overview, const Accounting& accounting,
                               const Crashes& crashes, Instant now) {
  ProductFigures figures;
  figures.installations = overview.installations;
  figures.engaged = overview.engaged;
  figures.records = accounting.counts;
  figures.signatures = crashes.signatures;
  for (const auto& group : crashes.groups) {
    if (group.signature.empty() || now - group.first > kNewCrashTime) continue;
    if (figures.new_crashes.size() == kMaxNewCrashesTold) break;
    figures.new_crashes.push_back({group.signature, group.program, group.installations});
  }
  return figures;
}

std::vector<FailingPlugin> failing_plugins(const PluginHealth& health) {
  std::vector<FailingPlugin> failing;
  for (const auto& one : health.all) {
    if (!one.judged || failing.size() == kMaxFailingTold) continue;
    const auto& version = one.versions[*one.judged];
    if (version.judgement.verdict == Verdict::kFailing)
      failing.push_back({one.event, one.name, version.version});
  }
  return failing;
}

void add_product_metrics(Families& metrics, std::string_view product,
                         const ProductFigures& figures) {
  const FamilyLabel of{"product", std::string(product)};
  metrics.gauge("candor_installations_active",
                "Installations whose newest report is at most 7 days old.",
                static_cast<double>(figures.installations), {of});
  metrics.gauge("candor_installations_reporting",
                "Installations whose newest report is at most 26 hours old.",
                static_cast<double>(figures.reporting), {of});
  metrics.gauge("candor_installations_engaged",
                "Of those, the ones with two reports at least a day apart.",
                static_cast<double>(figures.engaged), {of});
  for (const auto* outcome : kOutcomes) {
    const auto found = figures.records.find(outcome);
    metrics.gauge("candor_records",
                  "Records by what became of them; a replay takes them from one to another.",
                  found == figures.records.end() ? 0 : static_cast<double>(found->second),
                  {of, {"outcome", outcome}});
  }
  metrics.gauge("candor_crash_signatures", "Different crashes that were reported.",
                static_cast<double>(figures.signatures), {of});
  for (const auto& crash : figures.new_crashes) {
    metrics.gauge("candor_new_crash_installations",
                  "Installations with a crash that was first seen within the last 7 days.",
                  static_cast<double>(crash.installations),
                  {of, {"signature", told(crash.signature)}, {"program", told(crash.program)}});
  }
}

void add_plugin_metrics(Families& metrics, std::string_view product,
                        const std::vector<FailingPlugin>& failing) {
  const FamilyLabel of{"product", std::string(product)};
  metrics.gauge("candor_plugins_failing",
                "Plugins and commands whose newest judged version is failing.",
                static_cast<double>(failing.size()), {of});
  for (const auto& one : failing) {
    metrics.gauge("candor_plugin_failing", "1 for each of them.", 1,
                  {of,
                   {"event", told(one.event)},
                   {"plugin", told(one.plugin)},
                   {"version", told(one.version)}});
  }
}

}  // namespace candor
