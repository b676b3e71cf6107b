#include "agent/collect/ceph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "agent/collect/ceph_crashes.h"
#include "agent/collect/ceph_limits.h"
#include "agent/collect/ceph_observation.h"
#include "base/ascii.h"

namespace candor {
namespace {

// Before a name from an answer goes into the next question, and before a report goes out.
Status check_shapes(const CephCli& cli, const CephObservation& seen) {
  const CephAnswer* faulty = seen.faulty();
  if (faulty) return cli.wrong_shape(faulty->what, faulty->fault.lacks);
  return Ok{};
}

Status ask_cluster(CephCli& cli, CephObservation& seen) {
  const std::pair<CephAnswer*, std::vector<std::string>> questions[] = {
      {&seen.mon_dump, {"mon", "dump"}},         {&seen.mon_metadata, {"mon", "metadata"}},
      {&seen.mgr_metadata, {"mgr", "metadata"}}, {&seen.osd_dump, {"osd", "dump"}},
      {&seen.osd_metadata, {"osd", "metadata"}}, {&seen.crush_dump, {"osd", "crush", "dump"}},
      {&seen.fs_dump, {"fs", "dump"}},           {&seen.mds_metadata, {"mds", "metadata"}},
      {&seen.service_dump, {"service", "dump"}}, {&seen.df, {"df"}},
      {&seen.config_dump, {"config", "dump"}},
  };
  for (const auto& [answer, words] : questions) {
    CANDOR_ASSIGN(json, cli.ask(words));
    answer->json = std::move(json);
    answer->what = fmt::format("{}", fmt::join(words, " "));
  }
  CANDOR_ASSIGN(balancer, cli.ask_if_there({"balancer", "status"}, kCephUnknownCommand));
  if (balancer) seen.balancer = CephAnswer{"balancer status", *std::move(balancer), {}};
  return Ok{};
}

Status ask_rbd_pools(CephCli& cli, CephObservation& seen) {
  std::vector<CephValue> pools = seen.osd_dump.value().at("pools").items();
  std::erase_if(pools, [](const CephValue& pool) { return !used_by_rbd(pool); });
  CANDOR_TRY(check_shapes(cli, seen));
  if (pools.size() > kMaxRbdPoolsAsked) return Ok{};
  std::vector<RbdPool> answers;
  for (const CephValue& pool : pools) {
    // One word, so that no name of a pool can be taken for an option.
    const auto name = "--pool=" + pool.at("pool_name").text();
    const auto where = fmt::format("(pool {})", pool.at("pool").integer());
    const auto ls = "ls " + where, mirror = "mirror pool info " + where;
    CANDOR_TRY(check_shapes(cli, seen));
    CANDOR_ASSIGN(images, cli.ask_rbd({"ls", name}, ls));
    if (!images) return Ok{};
    CANDOR_ASSIGN(mirroring, cli.ask_rbd({"mirror", "pool", "info", name}, mirror));
    if (!mirroring) return Ok{};
    answers.push_back({{ls, *std::move(images), {}}, {mirror, *std::move(mirroring), {}}});
  }
  seen.rbd_pools = std::move(answers);
  return Ok{};
}

Status ask_mds_counters(CephCli& cli, CephObservation& seen) {
  std::vector<CephValue> asked;
  for (const CephValue& fs : seen.fs_dump.value().at("filesystems").items()) {
    for (const auto& [key, mds] : fs.at("mdsmap").at("info").members()) {
      // One that is laggy would keep us waiting; the module counts it as zero, too.
      if (!mds.has("laggy_since")) asked.push_back(mds);
    }
  }
  CANDOR_TRY(check_shapes(cli, seen));
  if (asked.size() > kMaxMdsAsked) return Ok{};
  seen.mds_counters.emplace();
  for (const CephValue& mds : asked) {
    const auto gid = mds.at("gid").integer();
    const auto name = mds.at("name").text();
    const auto what = fmt::format("tell mds.{} perf dump", gid);
    CANDOR_TRY(check_shapes(cli, seen));
    CANDOR_ASSIGN(counters, cli.ask({"tell", "mds." + name, "perf", "dump"}, what));
    seen.mds_counters->emplace(gid, CephAnswer{what, std::move(counters), {}});
  }
  return Ok{};
}

struct Daemon {
  std::string kind;
  std::string name;
};

std::vector<Daemon> daemons(const CephObservation& seen) {
  std::vector<Daemon> result;
  const auto add = [&](const char* kind, const CephAnswer& metadata) {
    for (const CephValue& daemon : metadata.value().items()) {
      result.push_back({kind, daemon.at("name").text()});
    }
  };
  add("mon", seen.mon_metadata);
  add("mgr", seen.mgr_metadata);
  add("mds", seen.mds_metadata);
  for (const CephValue& osd : seen.osd_dump.value().at("osds").items()) {
    result.push_back({"osd", std::to_string(osd.at("osd").integer())});
  }
  for (const auto& [kind, service] : seen.service_dump.value().at("services").members()) {
    for (const auto& [name, daemon] : service_daemons(service)) result.push_back({kind, name});
  }
  return result;
}

Status ask_changed_options(CephCli& cli, CephObservation& seen) {
  const auto all = daemons(seen);
  CANDOR_TRY(check_shapes(cli, seen));
  if (all.size() > kMaxDaemonsAskedForOptions) return Ok{};
  seen.daemon_options.emplace();
  for (const Daemon& daemon : all) {
    const auto what = fmt::format("config show (of a daemon of kind {})", daemon.kind);
    CANDOR_ASSIGN(options, cli.ask_if_there({"config", "show", daemon.kind + "." + daemon.name},
                                            kCephNotFound, what));
    // A daemon that is down has told nobody its options.
    if (options) seen.daemon_options->push_back({what, *std::move(options), {}});
  }
  return Ok{};
}

Json basic_report(const CephObservation& seen) {
  const auto osd_dump = seen.osd_dump.value();
  const auto services = seen.service_dump.value();
  Json report = {{"created", seen.mon_dump.value().at("created").text()},
                 {"mon", ceph_mon_part(seen.mon_dump.value())},
                 {"mgr", {{"count", seen.mgr_metadata.value().items().size()}}},
                 {"config", ceph_config_part(seen)},
                 {"pools", ceph_pools_part(osd_dump)},
                 {"rbd", ceph_rbd_part(seen)},
                 {"osd", ceph_osd_part(osd_dump)},
                 {"crush", ceph_crush_part(seen.crush_dump.value())},
                 {"fs", ceph_fs_part(seen)},
                 {"metadata", ceph_metadata_part(seen)},
                 {"hosts", ceph_hosts_part(seen)},
                 {"usage", ceph_usage_part(seen.df.value(), osd_dump)},
                 {"services", ceph_services_part(services)}};
  if (auto rgw = ceph_rgw_part(services)) report["rgw"] = *std::move(rgw);
  report["balancer"] = ceph_balancer_part(seen);
  return report;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

}  // namespace

const CephAnswer* CephObservation::faulty() const {
  std::vector<const CephAnswer*> answers = {
      &mon_dump, &mon_metadata, &mgr_metadata, &osd_dump, &osd_metadata, &crush_dump,
      &fs_dump,  &mds_metadata, &service_dump, &df,       &config_dump};
  if (balancer) answers.push_back(&*balancer);
  if (rbd_pools) {
    for (const auto& pool : *rbd_pools) {
      answers.insert(answers.end(), {&pool.images, &pool.mirroring});
    }
  }
  if (mds_counters) {
    for (const auto& [gid, answer] : *mds_counters) answers.push_back(&answer);
  }
  if (daemon_options) {
    for (const auto& answer : *daemon_options) answers.push_back(&answer);
  }
  const auto found = std::find_if(answers.begin(), answers.end(),
                                  [](const CephAnswer* answer) { return answer->fault.any(); });
  return found == answers.end() ? nullptr : *found;
}

namespace {

Result<Json> basic(CephCli& cli) {
  CephObservation seen;
  CANDOR_TRY(ask_cluster(cli, seen));
  CANDOR_TRY(ask_rbd_pools(cli, seen));
  CANDOR_TRY(ask_mds_counters(cli, seen));
  CANDOR_TRY(ask_changed_options(cli, seen));
  Json report = basic_report(seen);
  CANDOR_TRY(check_shapes(cli, seen));
  return report;
}

}  // namespace

Result<Json> collect_ceph(const CephQuestion& question, const CephOptions& options,
                          const ProcessRunner& run) {
  CephCli cli(options, run);
  Json report = Json::object();
  if (question.basic) {
    CANDOR_ASSIGN(answer, basic(cli));
    report = std::move(answer);
  }
  if (!question.crashes) return report;
  // One call tells all of them; a cluster whose managers have no crash module refuses it.
  CANDOR_ASSIGN(crashes, cli.ask_if_there({"crash", "ls"}, kCephUnknownCommand));
  if (!crashes) return report;
  if (!crashes->is_array()) return cli.wrong_shape("crash ls", "a list");
  report["crashes"] = ceph_crashes(*crashes, question.since, question.salt);
  return report;
}

Result<Json> collect_ceph_basic(const CephOptions& options, const ProcessRunner& run) {
  return collect_ceph({}, options, run);
}

Result<std::optional<std::string>> ceph_report_id(const CephOptions& options,
                                                  const ProcessRunner& run) {
  CephCli cli(options, run);
  CANDOR_ASSIGN(text,
                cli.text_if_there({"config-key", "get", "mgr/telemetry/report_id"}, kCephNotFound));
  if (!text) return std::optional<std::string>();
  if (!is_uuid(*text)) {
    return Error{
        ErrorKind::kUnavailable,
        fmt::format("`{} config-key get mgr/telemetry/report_id` did not print a UUID. Run "
                    "it yourself to see whether {} is the command line of Ceph or Stone.",
                    options.command, options.command)};
  }
  return std::optional(to_lower(*text));
}

}  // namespace candor
