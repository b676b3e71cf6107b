#include "agent/collect/collectors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "agent/collect/ceph.h"
#include "agent/collect/crash_records.h"
#include "agent/collect/dcos.h"
#include "agent/collect/dcos_tracks.h"
#include "agent/collect/exec.h"
#include "agent/collect/host.h"
#include "contract/program_fields.h"

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

// Whether the field is one of these members, or below one.
bool is_of(std::string_view field, std::span<const std::string_view> members) {
  const auto path = parse_path(field);
  if (!path.ok() || path->empty()) return false;
  return path->front().kind == PathStep::Kind::kAnyKey ||
         std::ranges::find(members, path->front().key) != members.end();
}

// Whether a channel that is on has such a field.
bool wanted(const CollectRequest& request, std::span<const std::string_view> members) {
  return std::ranges::any_of(request.contract.fields, [&](const Field& field) {
    return !field.event &&
           request.channels.contains(request.contract.channels[field.channel].name) &&
           is_of(field.path, members);
  });
}

bool wanted(const CollectRequest& request, std::string_view member) {
  return wanted(request, std::span(&member, 1));
}

constexpr std::string_view kCephCrashMembers[] = {"crashes"};
constexpr std::string_view kCrashMembers[] = {"program_crashes", "program_crashes_damaged"};

// From when on these members may leave: all their fields.
std::optional<Instant> since(const CollectRequest& request,
                             std::span<const std::string_view> members) {
  auto latest = request.since;
  for (const auto& [field, moment] : request.leaving) {
    if (is_of(field, members)) latest = std::max(latest, std::optional(moment));
  }
  return latest;
}

CephQuestion ceph_question(const CollectRequest& request) {
  return {.basic = wanted(request, kCephBasicMembers),
          .crashes = wanted(request, kCephCrashMembers),
          .since = since(request, kCephCrashMembers),
          .salt = request.salt};
}

Result<UnitList> ask_units(const CollectRequest& request, const ProcessRunner& run) {
  return read_units(request.settings.text("collect.units.command"), run);
}

std::string sentence(std::string_view what, const Error& error) {
  auto message = error.message;
  while (message.ends_with('.')) message.pop_back();
  return fmt::format("{} is left out: {}.", what, message);
}

Result<Collected> ask_dcos(const CollectRequest& request, const ProcessRunner& run) {
  CANDOR_ASSIGN(config, dcos_config(request.settings));
  config.facts.cluster_id = request.installation;
  DcosRequest asked{config, {}, std::nullopt, request.keep_going};
  for (const auto* track : {"diagnostics", "cosmos", "mesos"}) {
    if (wanted(request, track)) asked.tracks.insert(track);
  }
  std::vector<std::string> notes;
  if (request.contract.collects(CollectorKind::kUnits) && asked.tracks.contains("diagnostics")) {
    auto units = ask_units(request, run);
    if (!units.ok()) notes.push_back(sentence("systemd of this machine", units.error()));
    if (units.ok()) asked.units = std::move(*units);
  }
  const auto client = request.make_client();
  CANDOR_ASSIGN(seen, collect_dcos(asked, *client));
  seen.notes.insert(seen.notes.begin(), notes.begin(), notes.end());
  return seen;
}

// Of a product that is not DC/OS, which asks them for a track of its own.
Collected ask_units_alone(const CollectRequest& request, const ProcessRunner& run) {
  Collected seen;
  if (request.contract.collects(CollectorKind::kDcos) || !wanted(request, "units")) return seen;
  const auto units = ask_units(request, run);
  if (!units.ok()) {
    seen.notes.push_back(sentence("systemd of this machine", units.error()));
    return seen;
  }
  for (auto& [key, value] : unit_totals(*units)) seen.document["units"][key] = value;
  return seen;
}

Collected ask_program(const DeclaredCollector& collector, const CollectRequest& request,
                      const ProcessRunner& run) {
  Collected seen;
  if (!collector.under.empty() && !wanted(request, collector.under)) return seen;
  auto document = collect_exec(collector, run);
  if (document.ok()) {
    seen.document = std::move(*document);
  } else {
    const auto place = fmt::format("{}:{}", request.contract.file, collector.place.line);
    const auto what = collector.under.empty() ? std::string("What a program reports")
                                              : fmt::format("{}", collector.under);
    seen.notes.push_back(sentence(fmt::format("{}: {}", place, what), document.error()));
  }
  return seen;
}

Result<Collected> whole(Result<Json> document) {
  if (!document.ok()) return std::move(document).error();
  return Collected{std::move(*document), {}};
}

Result<Collected> ask(const DeclaredCollector& collector, const CollectRequest& request,
                      const ProcessRunner& run) {
  switch (collector.kind) {
    case CollectorKind::kHost:
      return whole(collect_host(this_machine()));
    case CollectorKind::kCeph:
      return whole(collect_ceph(ceph_question(request), ceph_options(request.settings), run));
    case CollectorKind::kExec:
      return ask_program(collector, request, run);
    case CollectorKind::kCrashes:
      if (!wanted(request, kCrashMembers)) return Collected{};
      return whole(collect_crash_records(crash_folders(request.settings, request.crashes),
                                         since(request, kCrashMembers), request.now));
    case CollectorKind::kDcos:
      return ask_dcos(request, run);
    case CollectorKind::kUnits:
      return ask_units_alone(request, run);
    case CollectorKind::kSmart:  // of device reports, which are made apart: agent/devices.h
      break;
  }
  return Collected{};
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

std::vector<Path> crash_folders(const Settings& settings, const Path& own) {
  const Path configured = settings.text("collect.crashes.folder");
  if (configured.empty() || configured == own) return {own};
  return {own, configured};
}

Result<Collection> collect(const CollectRequest& request, const ProcessRunner& run) {
  if (request.contract.collectors.empty() && !has_counted_fields(request.contract)) {
    return Error{
        ErrorKind::kConfiguration,
        fmt::format("The contract of {} names no [[collector]] and no counter, so there is "
                    "nothing that an agent could report.",
                    request.contract.product)};
  }
  Collection all{Observation(Json::object()), {}};
  for (const auto& collector : request.contract.collectors) {
    CANDOR_ASSIGN(seen, ask(collector, request, run));
    all.observation.merge(seen.document);
    all.notes.insert(all.notes.end(), seen.notes.begin(), seen.notes.end());
  }
  if (all.observation.document().empty() && !all.notes.empty()) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("Nothing could be asked, so there is no report. {}",
                             fmt::join(all.notes, " "))};
  }
  add_ident(all.observation, request.settings);
  return all;
}

bool is_dated(const Field& field) {
  return !field.event && (is_of(field.path, kCephCrashMembers) || is_of(field.path, kCrashMembers));
}

std::optional<std::string> product_refusal(const Contract& contract, const Settings& settings) {
  if (!contract.collects(CollectorKind::kDcos)) return std::nullopt;
  return dcos_refusal(settings);
}

bool may_have_identity(const Contract& contract) {
  return contract.collects(CollectorKind::kDcos) || is_cluster(contract);
}

Result<std::optional<std::string>> existing_identity(const Contract& contract,
                                                     const Settings& settings,
                                                     const ProcessRunner& run) {
  if (contract.collects(CollectorKind::kDcos)) return dcos_cluster_id(settings);
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
