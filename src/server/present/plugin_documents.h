// Plugins' health as documents: the JSON interface (docs/api.md), and the bundle for clients.
#pragma once

#include "base/json.h"
#include "contract/contract.h"
#include "contract/insights_bundle.h"
#include "server/insight/plugin_health.h"

namespace candor {

// Of one that was never made there is nothing in it.
Json plugins_document(const Contract& contract, const PluginHealth& health);
Json plugin_document(const Contract& contract, const PluginHealth& health, const HealthOfOne& one);

// What a bundle says of that health: the versions with a verdict, those of most installations where
// they are too many, or too long together; none with a name or version that readers refuse. Pure.
InsightsBundle bundle_of(const Contract& contract, const PluginHealth& health,
                         std::vector<CrashInsight> mended);

}  // namespace candor
