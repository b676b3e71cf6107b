#include "agent/monitor/node.h"

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

#include "agent/monitor/node_parts.h"

namespace candor {

NodeMetrics::NodeMetrics(NodeSource source) : source_(std::move(source)) {}

std::vector<MetricFamily> NodeMetrics::read() {
  using Part = std::function<Status(Families&)>;
  const auto& root = source_.root;
  const auto of_root = [&](Status (*add)(const Path&, Families&)) -> Part {
    return [add, &root](Families& families) { return add(root, families); };
  };
  // By the names that the node exporter gives its collectors.
  const std::pair<std::string_view, Part> parts[] = {
      {"cpu", of_root(add_cpu)},
      {"diskstats", of_root(add_disks)},
      {"filefd", of_root(add_descriptors)},
      {"filesystem", [&](Families& families) { return add_file_systems(root, mounts_, families); }},
      {"loadavg", of_root(add_load)},
      {"meminfo", of_root(add_memory)},
      {"netdev", of_root(add_network)},
      {"pressure", of_root(add_pressure)},
      {"timex", [](Families& families) { return add_clock(families); }},
      {"uname", [](Families& families) { return add_uname(families); }},
  };
  Families families;
  MetricFamily success{"node_scrape_collector_success", "Whether that part could be read.",
                       MetricType::kGauge};
  MetricFamily duration{"node_scrape_collector_duration_seconds",
                        "How long reading that part took.", MetricType::kGauge};
  for (const auto& [name, add] : parts) {
    const auto began = std::chrono::steady_clock::now();
    const auto added = add(families);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    success.add(added.ok() ? 1 : 0, {{"collector", std::string(name)}});
    duration.add(took.count(), {{"collector", std::string(name)}});
  }
  auto all = std::move(families).take();
  all.push_back(std::move(duration));
  all.push_back(std::move(success));
  return all;
}

}  // namespace candor
