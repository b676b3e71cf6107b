#include "server/ops/panels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "server/ops/limits.h"

namespace candor {
namespace {

constexpr std::string_view kMachine = "Machine";
constexpr std::string_view kServices = "Services";
constexpr std::string_view kDatabase = "Database";
constexpr std::string_view kQueue = "Queue";
constexpr std::string_view kBalancer = "Load balancer";
constexpr std::string_view kApi = "API";
constexpr std::string_view kProduct = "Product";
constexpr std::string_view kCandor = "Candor";

constexpr std::int64_t kRateScrapes = 4;  // in the window of a rate
constexpr PanelRange kPanelRanges[] = {{"24h", 24 * 3600, 300}, {"15d", 15 * 24 * 3600, 5400}};
static_assert(kPanelRanges[0].seconds / kPanelRanges[0].step <= kMaxPanelPoints);
static_assert(kPanelRanges[1].seconds / kPanelRanges[1].step <= kMaxPanelPoints);

#define CANDOR_DISKS "fstype!~\"tmpfs|ramfs|squashfs|fuse.*\""

std::vector<Panel> machine_panels() {
  return {
      {kMachine,
       "cpu",
       "Processors",
       "percent",
       {{"100 * sum(avg by (mode) (rate(node_cpu_seconds_total{$i,mode!~\"idle|iowait\"}[$w])))",
         "busy"},
        {"100 * avg(rate(node_cpu_seconds_total{$i,mode=\"iowait\"}[$w]))", "waiting for disks"}}},
      {kMachine,
       "memory",
       "Memory",
       "bytes",
       {{"sum(node_memory_MemTotal_bytes{$i} - node_memory_MemAvailable_bytes{$i})", "used"},
        {"sum(node_memory_MemTotal_bytes{$i})", "total"}}},
      {kMachine,
       "disk_space",
       "Disk space used",
       "percent",
       {{"100 * max by (mountpoint) (1 - node_filesystem_avail_bytes{$i," CANDOR_DISKS
         "} / node_filesystem_size_bytes{$i," CANDOR_DISKS "})",
         "used", "mountpoint"}}},
      {kMachine,
       "disk_io",
       "Disk traffic",
       "bytes_per_second",
       {{"sum(rate(node_disk_read_bytes_total{$i}[$w]))", "read"},
        {"sum(rate(node_disk_written_bytes_total{$i}[$w]))", "written"}}},
      {kMachine,
       "network",
       "Network traffic",
       "bytes_per_second",
       {{"sum(rate(node_network_receive_bytes_total{$i,device!=\"lo\"}[$w]))", "received"},
        {"sum(rate(node_network_transmit_bytes_total{$i,device!=\"lo\"}[$w]))", "sent"}}},
      {kMachine,
       "load",
       "Load",
       "number",
       {{"max(node_load1{$i})", "1 minute"},
        {"max(node_load5{$i})", "5 minutes"},
        {"max(node_load15{$i})", "15 minutes"}}},
      {kMachine,
       "pressure",
       "Time that tasks waited",
       "percent",
       {{"100 * max(rate(node_pressure_cpu_waiting_seconds_total{$i}[$w]))", "for processors"},
        {"100 * max(rate(node_pressure_memory_waiting_seconds_total{$i}[$w]))", "for memory"},
        {"100 * max(rate(node_pressure_io_waiting_seconds_total{$i}[$w]))", "for disks"}}},
  };
}

std::vector<Panel> service_panels() {
  return {
      {kServices,
       "up",
       "Services that answer (1) or do not (0)",
       "number",
       {{"min by (job) (up{$i})", "answers", "job"}}},
      {kDatabase,
       "database_connections",
       "Connections",
       "number",
       {{"sum(mysql_global_status_threads_connected{$i})", "open"},
        {"sum(mysql_global_variables_max_connections{$i})", "allowed"}}},
      {kDatabase,
       "database_queries",
       "Queries",
       "per_second",
       {{"sum(rate(mysql_global_status_queries{$i}[$w]))", "all"},
        {"sum(rate(mysql_global_status_slow_queries{$i}[$w]))", "slow"}}},
      {kQueue,
       "queue_messages",
       "Messages",
       "number",
       {{"sum(rabbitmq_queue_messages_ready{$i})", "ready"},
        {"sum(rabbitmq_queue_messages_unacked{$i})", "being worked on"}}},
      {kQueue,
       "queue_rates",
       "Messages that come",
       "per_second",
       {{"sum(rate(rabbitmq_global_messages_received_total{$i}[$w]))", "received"},
        {"sum(rate(rabbitmq_global_messages_unroutable_dropped_total{$i}[$w]))",
         "dropped, no route"}}},
      {kQueue,
       "queue_connections",
       "Connections",
       "number",
       {{"sum(rabbitmq_connections{$i})", "connections"},
        {"sum(rabbitmq_queue_consumers{$i})", "consumers"}}},
      {kBalancer,
       "balancer_requests",
       "Requests",
       "per_second",
       {{"sum by (proxy) (rate(haproxy_frontend_http_requests_total{$i}[$w]))", "requests",
         "proxy"}}},
      {kBalancer,
       "balancer_errors",
       "Answers with 5xx",
       "per_second",
       {{"sum by (proxy) (rate(haproxy_backend_http_responses_total{$i,code=\"5xx\"}[$w]))", "5xx",
         "proxy"}}},
      {kBalancer,
       "balancer_sessions",
       "Sessions",
       "number",
       {{"sum by (proxy) (haproxy_frontend_current_sessions{$i})", "sessions", "proxy"}}},
      {kBalancer,
       "balancer_servers",
       "Servers that work",
       "number",
       {{"sum by (proxy) (haproxy_backend_active_servers{$i})", "servers", "proxy"}}},
  };
}

std::vector<Panel> product_panels() {
  return {
      {kApi,
       "api_requests",
       "Requests",
       "per_second",
       {{"sum by (code) (rate(http_requests_total{$i}[$w]))", "requests", "code"}}},
      {kApi,
       "api_errors",
       "Answers with 5xx",
       "percent",
       {{"100 * sum(rate(http_requests_total{$i,code=~\"5..\"}[$w])) / "
         "sum(rate(http_requests_total{$i}[$w]))",
         "5xx"}}},
      {kApi,
       "api_latency",
       "Time of a request",
       "seconds",
       {{"histogram_quantile(0.5, sum by (le) "
         "(rate(http_request_duration_seconds_bucket{$i}[$w])))",
         "half of them"},
        {"histogram_quantile(0.95, sum by (le) "
         "(rate(http_request_duration_seconds_bucket{$i}[$w])))",
         "19 of 20"}}},
      {kProduct,
       "product_counts",
       "What there is",
       "number",
       {{"sum(mesh_workspaces{$i})", "workspaces"},
        {"sum(mesh_projects{$i})", "projects"},
        {"sum(mesh_tenants{$i})", "tenants"}}},
      {kProduct,
       "sonar_duration",
       "Time of a Sonar scan",
       "seconds",
       {{"max by (target) (sonar_scan_duration_seconds{$i})", "scan", "target"}}},
      {kCandor,
       "agent_pending",
       "Reports that wait to be sent",
       "number",
       {{"sum(candor_agent_pending_reports{$i})", "waiting"}}},
      {kCandor,
       "collector_journal",
       "Journal",
       "bytes",
       {{"sum(candor_journal_bytes{$i})", "used"}}},
      {kCandor,
       "collector_lag",
       "Oldest record that is not in the store",
       "seconds",
       {{"max(candor_loader_oldest_unstored_seconds{$i})", "age"}}},
      {kCandor,
       "collector_installations",
       "Installations that report",
       "number",
       {{"max by (product) (candor_installations_active{$i})", "installations", "product"}}},
  };
}

#undef CANDOR_DISKS

double highest(const PanelLine& line) {
  double most = 0;
  for (const auto& value : line.values) most = std::max(most, std::abs(value.value_or(0)));
  return most;
}

}  // namespace

const std::vector<Panel>& panels() {
  static const auto all = [] {
    auto list = machine_panels();
    for (auto more : {service_panels(), product_panels()}) {
      std::ranges::move(more, std::back_inserter(list));
    }
    return list;
  }();
  return all;
}

const PanelRange* panel_range(std::string_view name) {
  const auto found = std::ranges::find(kPanelRanges, name, &PanelRange::name);
  return found == std::end(kPanelRanges) ? nullptr : found;
}

// In one go: what a name holds is not looked at again.
std::string question_of(const PanelQuery& query, std::string_view installation,
                        const PanelRange& range, std::chrono::seconds scrape_interval) {
  const auto window = std::max(range.step, kRateScrapes * std::int64_t{scrape_interval.count()});
  std::string question;
  auto rest = query.expression;
  for (auto at = rest.find('$'); at != std::string_view::npos; at = rest.find('$')) {
    question += rest.substr(0, at);
    if (rest.substr(at, 2) == "$i") {
      question += "installation=" + promql_text(installation);
    } else {
      question += fmt::format("{}s", window);
    }
    rest.remove_prefix(at + 2);
  }
  return question.append(rest);
}

std::vector<PanelLine> lines_of(const PanelQuery& query, const std::vector<PromSeries>& answer,
                                const PanelRange& range, std::int64_t end) {
  const auto count = static_cast<std::size_t>(range.seconds / range.step + 1);
  const auto begin = static_cast<double>(end - range.seconds);
  std::vector<PanelLine> lines;
  for (const auto& series : answer) {
    const auto label = label_of(series.labels, query.by);
    PanelLine line{std::string(label.empty() ? query.name : label), {}};
    line.values.resize(count);
    for (const auto& point : series.points) {
      const auto index = std::llround((point.at - begin) / static_cast<double>(range.step));
      if (index >= 0 && index < static_cast<long long>(count))
        line.values[static_cast<std::size_t>(index)] = point.value;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Json panel_document(const Panel& panel, std::vector<PanelLine> lines) {
  if (lines.empty()) return nullptr;
  const auto left_out = lines.size() - std::min(lines.size(), kMaxPanelLines);
  if (left_out > 0) {
    std::ranges::stable_sort(lines, std::greater(), highest);
    lines.resize(kMaxPanelLines);
  }
  Json told = Json::array();
  for (const auto& line : lines) {
    Json values = Json::array();
    for (const auto& value : line.values) values.push_back(value ? Json(*value) : Json(nullptr));
    told.push_back({{"name", line.name}, {"values", std::move(values)}});
  }
  return {{"id", panel.id},     {"group", panel.group},     {"title", panel.title},
          {"unit", panel.unit}, {"lines", std::move(told)}, {"left_out", left_out}};
}

}  // namespace candor
