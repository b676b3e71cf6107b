#include "agent/collect/collectors.h"

#include <fmt/format.h>

#include "agent/collect/ceph.h"
#include "agent/collect/exec.h"
#include "agent/collect/host.h"

namespace candor {
namespace {

constexpr std::string_view kClaimKey = "candor/identity";
constexpr std::chrono::milliseconds kClaimTime{5'000};

CephOptions ceph_options(const Settings& settings) {
  CephOptions options;
  options.command = settings.text("collect.ceph.command");
  options.rbd_command = settings.text("collect.ceph.rbd_command");
  options.conf = settings.text("collect.ceph.conf");
  options.timeout = std::chrono::seconds(settings.integer("collect.ceph.timeout"));
  return options;
}

Result<Json> ask(const DeclaredCollector& collector, const CollectRequest& request,
                 const ProcessRunner& run) {
  switch (collector.kind) {
    case CollectorKind::kHost:
      return collect_host(this_machine());
    case CollectorKind::kCeph:
      return collect_ceph_basic(ceph_options(request.settings), run);
    case CollectorKind::kExec:
      return collect_exec(collector, run);
  }
  return Json::object();
}

// What the operator says about the installation; the contract decides whether it may leave.
void add_ident(Observation& observation, const Settings& settings) {
  for (const auto* key : {"description", "contact", "organization"}) {
    const auto text = settings.text(key);
    if (!text.empty()) observation.add(key, text);
  }
}

bool is_cluster(const Contract& contract) { return contract.collects(CollectorKind::kCeph); }

}  // namespace

Result<Observation> collect(const CollectRequest& request, const ProcessRunner& run) {
  if (request.contract.collectors.empty()) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("The contract of {} names no [[collector]], so there is nothing that "
                             "an agent could report.",
                             request.contract.product)};
  }
  Observation observation(Json::object());
  for (const auto& collector : request.contract.collectors) {
    CANDOR_ASSIGN(document, ask(collector, request, run));
    for (auto& [key, value] : document.items()) observation.add(key, std::move(value));
  }
  add_ident(observation, request.settings);
  return observation;
}

Result<std::optional<std::string>> existing_identity(const Contract& contract,
                                                     const Settings& settings,
                                                     const ProcessRunner& run) {
  if (!is_cluster(contract)) return std::optional<std::string>();
  return ceph_report_id(ceph_options(settings), run);
}

bool ClusterClaim::applies_to(const Contract& contract) { return is_cluster(contract); }

Result<std::optional<std::string>> ClusterClaim::holder() const {
  const auto options = ceph_options(settings_);
  CephCli cli(options, run_);
  CANDOR_ASSIGN(text,
                cli.text_if_there({"config-key", "get", std::string(kClaimKey)}, kCephNotFound));
  if (!text) return std::optional<std::string>();
  const auto json = parse_json(*text);
  const auto agent = json.ok() ? string_member(*json, "agent") : std::string();
  return agent.empty() ? std::optional<std::string>() : std::optional(agent);
}

Status ClusterClaim::take(const std::string& agent) const {
  auto options = ceph_options(settings_);
  options.timeout = std::min<std::chrono::milliseconds>(options.timeout, kClaimTime);
  CephCli cli(options, run_);
  const Json mark = {{"format", 1}, {"agent", agent}};
  CANDOR_ASSIGN(done,
                cli.text_if_there({"config-key", "set", std::string(kClaimKey), to_line(mark)},
                                  kCephNotFound));
  return done ? Status(Ok{})
              : Status(Error{ErrorKind::kUnavailable, "The cluster did not take the mark."});
}

Status ClusterClaim::release(const std::string& agent) const {
  auto options = ceph_options(settings_);
  options.timeout = std::min<std::chrono::milliseconds>(options.timeout, kClaimTime);
  CephCli cli(options, run_);
  CANDOR_ASSIGN(text,
                cli.text_if_there({"config-key", "get", std::string(kClaimKey)}, kCephNotFound));
  const auto json = text ? parse_json(*text) : Result<Json>(Json());
  if (!json.ok() || string_member(*json, "agent") != agent) return Ok{};
  CANDOR_ASSIGN(done,
                cli.text_if_there({"config-key", "rm", std::string(kClaimKey)}, kCephNotFound));
  return Ok{};
}

}  // namespace candor
