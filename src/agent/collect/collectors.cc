#include "agent/collect/collectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "agent/collect/ceph.h"
#include "agent/collect/crash_records.h"
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

// Whether a channel that is on has a field of one of these members, or below one.
bool wanted(const CollectRequest& request, std::span<const std::string_view> members) {
  return std::ranges::any_of(request.contract.fields, [&](const Field& field) {
    if (!request.channels.contains(request.contract.channels[field.channel].name)) return false;
    const std::string_view path = field.path;
    const auto first = path.substr(0, path.find_first_of(".["));
    return std::ranges::find(members, first) != members.end();
  });
}

constexpr std::string_view kCephCrashMembers[] = {"crashes"};
constexpr std::string_view kCrashMembers[] = {"program_crashes", "program_crashes_damaged"};

CephQuestion ceph_question(const CollectRequest& request) {
  return {.basic = wanted(request, kCephBasicMembers),
          .crashes = wanted(request, kCephCrashMembers),
          .since = request.since,
          .salt = request.salt};
}

Path crash_folder(const CollectRequest& request) {
  const auto configured = request.settings.text("collect.crashes.folder");
  return configured.empty() ? request.crashes : Path(configured);
}

Result<Json> ask(const DeclaredCollector& collector, const CollectRequest& request,
                 const ProcessRunner& run) {
  switch (collector.kind) {
    case CollectorKind::kHost:
      return collect_host(this_machine());
    case CollectorKind::kCeph:
      return collect_ceph(ceph_question(request), ceph_options(request.settings), run);
    case CollectorKind::kExec:
      return collect_exec(collector, run);
    case CollectorKind::kCrashes:
      if (!wanted(request, kCrashMembers)) return Json::object();
      return collect_crash_records(crash_folder(request), request.since, request.now);
    case CollectorKind::kSmart:  // of device reports, which are made apart: agent/devices.h
      return Json::object();
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
