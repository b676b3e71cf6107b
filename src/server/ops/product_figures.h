// What only the collector knows of a product, as metrics that rules are about.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metrics/families.h"
#include "server/insight/plugin_health.h"
#include "server/insight/questions.h"

namespace candor {

struct FailingPlugin {
  std::string event;
  std::string plugin;
  std::string version;
};

struct NewCrash {
  std::string signature;
  std::string program;
  std::uint64_t installations = 0;
};

struct ProductFigures {
  std::uint64_t installations = 0;               // whose newest report is at most 7 days old
  std::uint64_t reporting = 0;                   // … at most 26 hours
  std::uint64_t engaged = 0;                     // of those, with two reports at least a day apart
  std::map<std::string, std::uint64_t> records;  // by what became of them
  std::uint64_t signatures = 0;                  // of crashes
  std::vector<NewCrash> new_crashes;             // kMaxNewCrashesTold, most installations first
};

// Of answers of the store. A crash is new for kNewCrashTime after it was first seen.
ProductFigures product_figures(const Overview& overview, const Accounting& accounting,
                               const Crashes& crashes, Instant now);
// The newest version of each plugin that has a verdict, where that is failing; kMaxFailingTold.
std::vector<FailingPlugin> failing_plugins(const PluginHealth& health);

void add_product_metrics(Families& metrics, std::string_view product,
                         const ProductFigures& figures);
void add_plugin_metrics(Families& metrics, std::string_view product,
                        const std::vector<FailingPlugin>& failing);

}  // namespace candor
