#include "agent/monitor/node.h"
#include "cli/commands.h"
#include "metrics/exposition.h"

namespace candor {
namespace {

Json json_of(const MetricFamily& family) {
  Json samples = Json::array();
  for (const auto& sample : family.samples) {
    Json labels = Json::object();
    for (const auto& [name, value] : sample.labels) labels[name] = value;
    samples.push_back({{"name", sample.name}, {"labels", labels}, {"value", sample.value}});
  }
  return {{"name", family.name},
          {"type", family.type ? Json(name_of(*family.type)) : Json(nullptr)},
          {"help", family.help},
          {"samples", std::move(samples)}};
}

Result<int> run(Context& context) {
  const auto families = NodeMetrics().read();
  if (!context.globals.json) {
    const bool open = context.arguments.has("openmetrics");
    context.out.print(expose(families, open ? Exposition::kOpenMetrics : Exposition::kText));
    return kExitOk;
  }
  Json list = Json::array();
  for (const auto& family : families) list.push_back(json_of(family));
  context.answer({{"metrics", std::move(list)}}, "");
  return kExitOk;
}

}  // namespace

Command metrics_command() {
  return {.name = "metrics",
          .summary = "print what this machine is doing, as Prometheus reads it",
          .about =
              "Processors, memory, file systems, disks, network, load, clock and pressure, with "
              "the names and units of Prometheus's node exporter. Nothing of it leaves.",
          .operands = {},
          .options = {{"openmetrics", "", "Print OpenMetrics and not the text format."}},
          .examples = {{"candor metrics", "everything"},
                       {"candor metrics | promtool check metrics", "what Prometheus thinks of it"}},
          .exit_codes = {},
          .children = {},
          .run = run};
}

}  // namespace candor
