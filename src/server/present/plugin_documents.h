// The JSON interface of plugins' health (docs/api.md).
#pragma once

#include "base/json.h"
#include "contract/contract.h"
#include "server/insight/plugin_health.h"

namespace candor {

Json plugins_document(const Contract& contract, const PluginHealth& health);
Json plugin_document(const Contract& contract, const PluginHealth& health, const HealthOfOne& one);

}  // namespace candor
