#include "agent/collect/collectors.h"

#include <fmt/format.h>

#include <array>

#include "agent/collect/ceph.h"
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

Result<Json> collect_stone(const Settings& settings, const ProcessRunner& run) {
  return collect_ceph_basic(ceph_options(settings), run);
}

Result<Json> collect_mesh(const Settings&, const ProcessRunner&) {
  return collect_host(this_machine());
}

struct Collector {
  std::string_view product;
  Result<Json> (*collect)(const Settings&, const ProcessRunner&);
};

constexpr std::array kCollectors = {Collector{"stone", collect_stone},
                                    Collector{"mesh", collect_mesh}};

// What the operator says about the installation; the contract decides whether it may leave.
void add_ident(Observation& observation, const Settings& settings) {
  for (const auto* key : {"description", "contact", "organization"}) {
    const auto text = settings.text(key);
    if (!text.empty()) observation.add(key, text);
  }
}

bool is_cluster(const Contract& contract) { return contract.product == "stone"; }

}  // namespace

Result<Observation> collect(const Contract& contract, const Settings& settings,
                            const ProcessRunner& run) {
  for (const auto& collector : kCollectors) {
    if (collector.product != contract.product) continue;
    CANDOR_ASSIGN(document, collector.collect(settings, run));
    Observation observation(std::move(document));
    add_ident(observation, settings);
    return observation;
  }
  return Error{
      ErrorKind::kConfiguration,
      fmt::format("This agent has no collector for the product {}; it has them for stone and mesh.",
                  contract.product)};
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
