#include "agent/collect/ceph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "agent/collect/ceph_limits.h"
#include "agent/collect/ceph_observation.h"

namespace candor {
namespace {

using Millis = std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

// Answers of a real Ceph 16.2 cluster, with canaries for every name and address.
const std::string kRecorded = CANDOR_TEST_SOURCE_DIR "/src/agent/collect/testdata/ceph/";

Json recorded(const std::string& name) {
  std::ifstream file(kRecorded + name + ".json");
  std::stringstream text;
  text << file.rdbuf();
  auto json = parse_json(text.str());
  EXPECT_TRUE(json.ok()) << name;
  return json.ok() ? *json : Json();
}

// A command line that answers from the recordings, or as a test says.
class FakeCluster {
 public:
  // The question without program, configuration and format: "osd_dump", "tell_mds.a_perf_dump".
  static std::string name_of(const std::vector<std::string>& argv) {
    std::vector<std::string> words;
    if (argv[0] == "rbd") words.push_back("rbd");
    for (std::size_t i = 1; i < argv.size(); ++i) {
      if (argv[i] == "-c" || argv[i] == "--format") {
        ++i;
      } else if (!argv[i].starts_with("--pool=")) {
        words.push_back(argv[i]);
      }
    }
    return fmt::format("{}", fmt::join(words, "_"));
  }

  ProcessRunner runner() {
    return [this](const ProcessOptions& options) -> Result<ProcessOutput> {
      calls.push_back(options);
      const auto name = name_of(options.argv);
      if (const auto own = answers.find(name); own != answers.end()) return own->second(options);
      std::ifstream file(kRecorded + name + ".json");
      if (!file) return ProcessOutput{kCephNotFound, "", "Error ENOENT: canary-stderr"};
      std::stringstream text;
      text << file.rdbuf();
      return ProcessOutput{0, "\n" + text.str(), "dumped map epoch 1, from canary-stderr\n"};
    };
  }

  void answer(const std::string& name, const Json& json) { answer_text(name, json.dump()); }
  void answer_text(const std::string& name, std::string out, int status = 0) {
    answers[name] = [=](const ProcessOptions&) {
      return Result<ProcessOutput>(ProcessOutput{status, out, "Error: canary-stderr"});
    };
  }
  void fail(const std::string& name, ErrorKind kind) {
    answers[name] = [=](const ProcessOptions&) -> Result<ProcessOutput> {
      return Error{kind, "the process said canary-stderr"};
    };
  }
  // Changes one recorded answer.
  void edit(const std::string& name, const std::function<void(Json&)>& change) {
    Json json = recorded(name);
    change(json);
    answer(name, json);
  }

  Result<Json> collect(const CephOptions& options = {}) {
    return collect_ceph_basic(options, runner());
  }
  Json report() {
    auto result = collect();
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
    return result.ok() ? *result : Json::object();
  }
  Error failure() {
    auto result = collect();
    EXPECT_FALSE(result.ok());
    return result.ok() ? Error{} : result.error();
  }

  std::map<std::string, std::function<Result<ProcessOutput>(const ProcessOptions&)>> answers;
  std::vector<ProcessOptions> calls;
};

// The document with its keys in order, so that documents of different origin compare.
nlohmann::json sorted(const Json& json) { return nlohmann::json::parse(json.dump()); }

const std::vector<std::string> kRequired = {"mon_dump",
                                            "mon_metadata",
                                            "mgr_metadata",
                                            "osd_dump",
                                            "osd_metadata",
                                            "osd_crush_dump",
                                            "fs_dump",
                                            "mds_metadata",
                                            "service_dump",
                                            "df",
                                            "config_dump",
                                            "rbd_ls",
                                            "rbd_mirror_pool_info",
                                            "tell_mds.canarymds_perf_dump"};

TEST(Ceph, ReportOfARecordedClusterIsTheGoldenOne) {
  const auto report = FakeCluster().report();
  EXPECT_EQ(to_pretty(report), to_pretty(recorded("golden_report")));
}

TEST(Ceph, ReportEqualsThatOfTheRealModuleExceptWhatTheHeaderNames) {
  auto ours = sorted(FakeCluster().report());
  auto module = sorted(recorded("module_report"));
  for (const auto key : {"channels", "channels_available", "leaderboard", "license", "report_id",
                         "report_timestamp", "report_version"}) {
    EXPECT_EQ(module.erase(key), 1u) << key;
  }
  EXPECT_EQ(ours.erase("mgr"), 1u);
  EXPECT_EQ(ours["metadata"].erase("mds"), 1u);
  auto& mode = module["balancer"]["mode"];
  EXPECT_EQ(mode, "");
  mode = "crush-compat";
  for (auto& name : module["config"]["cluster_changed"]) {
    if (name == "mgr/prometheus/canarymgrhost/server_addr") name = "mgr/prometheus/server_addr";
  }
  EXPECT_EQ(ours, module) << nlohmann::json::diff(ours, module).dump(1);
}

TEST(Ceph, NoNameAddressOrValueIsInTheReport) {
  FakeCluster cluster;
  const auto text = to_line(cluster.report());
  for (const auto canary : {"canary", "10.98.76.5", "secret", "6800", "10.1.2.3"}) {
    EXPECT_THAT(text, Not(HasSubstr(canary)));
  }
  EXPECT_THAT(recorded("osd_dump").dump(), HasSubstr("10.98.76.5"));
  EXPECT_THAT(recorded("mon_metadata").dump(), HasSubstr("canary-host-1"));
  EXPECT_THAT(recorded("config_dump").dump(), HasSubstr("canarysecretvalue"));
}

TEST(Ceph, ErrorsRepeatNoNameAndNothingOfWhatWasPrinted) {
  for (const auto& name : kRequired) {
    for (const int how : {0, 1, 2, 3}) {
      FakeCluster cluster;
      if (how == 0) cluster.answer_text(name, "canary-stdout", 13);
      if (how == 1) cluster.answer_text(name, "canary-stdout");
      if (how == 2) cluster.answer_text(name, "{\"canary-stdout\":{\"canary\":1}}");
      if (how == 3) cluster.fail(name, ErrorKind::kBadData);
      const auto error = cluster.failure();
      EXPECT_EQ(error.kind, ErrorKind::kUnavailable) << name;
      EXPECT_THAT(error.message, Not(HasSubstr("canary"))) << name;
    }
  }
}

TEST(Ceph, AnyRequiredCallThatFailsFailsTheWholeAndIsNamed) {
  for (const auto& name : kRequired) {
    FakeCluster cluster;
    cluster.answer_text(name, "{}", 1);
    const auto first_word = name.substr(name.starts_with("rbd_") ? 4 : 0);
    EXPECT_THAT(cluster.failure().message, HasSubstr(first_word.substr(0, first_word.find('_'))));
  }
}

TEST(Ceph, AnEmptyObjectListOrTextWhereMoreIsNeededIsAnError) {
  for (const auto& name : kRequired) {
    for (const auto text : {"{}", "[{}]", "3", "\"text\"", "null", "[[]]"}) {
      // A list of empty things is a valid count of images or set of file systems' metadata.
      if (name == "rbd_ls" && text[0] == '[') continue;
      if (name == "mds_metadata" && text[0] == '[') continue;
      FakeCluster cluster;
      cluster.answer_text(name, text);
      const auto error = cluster.failure();
      EXPECT_EQ(error.kind, ErrorKind::kUnavailable) << name << " " << text;
    }
  }
}

TEST(Ceph, AMissingProgramIsNamedWithTheSettingThatHelps) {
  FakeCluster cluster;
  cluster.fail("mon_dump", ErrorKind::kUnavailable);
  const auto error = cluster.failure();
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error.message,
            "Cannot start `ceph`; nothing was collected. Install Ceph's or Stone's command line "
            "(Debian: ceph-common), or set collect.ceph.command to where it is.");
}

TEST(Ceph, AHungClusterIsNamedWithTheCommandAndTheTime) {
  FakeCluster cluster;
  cluster.fail("mon_dump", ErrorKind::kTryAgain);
  const auto result =
      cluster.collect({.command = "stone", .conf = "/etc/stone.conf", .timeout = Millis(5000)});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(
      result.error().message,
      "`stone -c /etc/stone.conf mon dump` did not answer within 5 s and was stopped; nothing "
      "was collected. See whether the cluster is up (`stone -c /etc/stone.conf -s`) and "
      "whether collect.ceph.conf names its configuration.");
  EXPECT_EQ(cluster.calls.size(), 1u);
}

TEST(Ceph, OutputThatIsNoJsonOrTooLongIsAnError) {
  FakeCluster cluster;
  cluster.answer_text("osd_dump", "epoch 12\nfsid 3\n");
  EXPECT_THAT(cluster.failure().message, HasSubstr("`ceph osd dump` did not print JSON"));
  cluster.fail("osd_dump", ErrorKind::kBadData);
  EXPECT_THAT(cluster.failure().message, HasSubstr("printed more than 67108864 bytes"));
}

TEST(Ceph, WrongShapesNameWhatIsMissing) {
  FakeCluster cluster;
  cluster.edit("osd_dump", [](Json& json) { json["pools"][0].erase("pg_num"); });
  EXPECT_THAT(cluster.failure().message,
              HasSubstr("The answer to `osd dump` is JSON without `pg_num`"));
  cluster.edit("osd_dump", [](Json& json) { json["pools"][0]["pg_num"] = "many"; });
  EXPECT_THAT(cluster.failure().message, HasSubstr("without a whole number `pg_num`"));
}

TEST(Ceph, AllCallsShareOneDeadlineAndEachHasItsOwnBound) {
  const auto start = CephCli::SteadyTime();
  auto now = start;
  std::vector<Millis> given;
  const ProcessRunner run = [&](const ProcessOptions& options) -> Result<ProcessOutput> {
    given.push_back(options.timeout);
    now += Millis(14'000);
    return ProcessOutput{0, "{}", ""};
  };
  const CephOptions options{.timeout = Millis(30'000)};
  CephCli cli(options, run, [&] { return now; });
  EXPECT_TRUE(cli.ask({"mon", "dump"}).ok());
  EXPECT_TRUE(cli.ask({"osd", "dump"}).ok());
  EXPECT_TRUE(cli.ask({"fs", "dump"}).ok());
  const auto late = cli.ask({"df"});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(late.error().message, HasSubstr("within 30 s; the time was over before `ceph df`"));
  EXPECT_EQ(given, (std::vector{kMaxCephCallTime, kMaxCephCallTime, Millis(2000)}));
}

TEST(Ceph, ConfigurationAndFormatAreInEveryCall) {
  FakeCluster cluster;
  ASSERT_TRUE(cluster.collect({.conf = "/etc/ceph/b.conf"}).ok());
  ASSERT_GT(cluster.calls.size(), 14u);
  for (const auto& call : cluster.calls) {
    ASSERT_GT(call.argv.size(), 5u);
    EXPECT_EQ(call.argv[1], "-c");
    EXPECT_EQ(call.argv[2], "/etc/ceph/b.conf");
    EXPECT_EQ(call.argv[call.argv.size() - 2], "--format");
    EXPECT_EQ(call.argv.back(), "json");
  }
}

TEST(Ceph, AClusterWithoutMdsPoolsOrServicesIsNoFailure) {
  FakeCluster cluster;
  cluster.answer("mds_metadata", Json::array());
  cluster.edit("fs_dump", [](Json& json) {
    json["filesystems"] = Json::array();
    json["standbys"] = Json::array();
  });
  cluster.edit("osd_dump", [](Json& json) {
    json["pools"] = Json::array();
    json["osds"] = Json::array();
  });
  cluster.answer("osd_metadata", Json::array());
  cluster.edit("df", [](Json& json) { json["pools"] = Json::array(); });
  cluster.edit("service_dump", [](Json& json) { json["services"] = Json::object(); });
  cluster.edit("osd_crush_dump", [](Json& json) {
    json["devices"] = Json::array();
    json["buckets"] = Json::array();
  });
  const auto report = cluster.report();
  EXPECT_EQ(report["osd"]["count"], 0);
  EXPECT_EQ(report["pools"], Json::array());
  EXPECT_EQ(report["rbd"].dump(),
            R"({"num_pools":0,"num_images_by_pool":[],"mirroring_by_pool":[]})");
  EXPECT_EQ(report["fs"]["total_num_mds"], 0);
  EXPECT_EQ(report["metadata"].contains("mds"), false);
  EXPECT_EQ(report["hosts"]["num_with_mds"], 0);
  EXPECT_EQ(report["services"], Json::object());
  EXPECT_FALSE(report.contains("rgw"));
}

TEST(Ceph, AClusterWithoutABalancerReportsItAsNotActive) {
  FakeCluster cluster;
  cluster.answer_text("balancer_status", "", kCephUnknownCommand);
  EXPECT_EQ(cluster.report()["balancer"].dump(), R"({"active":false})");
}

TEST(Ceph, APoolThatIsNotServedOrAMissingRbdProgramLeavesOutTheImageCounts) {
  for (const auto kind : {ErrorKind::kTryAgain, ErrorKind::kUnavailable}) {
    for (const auto name : {"rbd_ls", "rbd_mirror_pool_info"}) {
      FakeCluster cluster;
      cluster.fail(name, kind);
      EXPECT_EQ(cluster.report()["rbd"].dump(), R"({"num_pools":1})");
    }
  }
}

TEST(Ceph, ACallThatHangsFailsTheWholeWhereverItIs) {
  for (const auto& name : kRequired) {
    if (name.starts_with("rbd_")) continue;
    FakeCluster cluster;
    cluster.fail(name, ErrorKind::kTryAgain);
    EXPECT_THAT(cluster.failure().message, HasSubstr("did not answer within 15 s")) << name;
    EXPECT_THAT(cluster.failure().message, Not(HasSubstr("canary"))) << name;
  }
}

TEST(Ceph, ADaemonThatIsDownHasNoOptionsAndDoesNotFailTheRest) {
  FakeCluster cluster;
  cluster.answer_text("config_show_osd.0", "", kCephNotFound);
  EXPECT_TRUE(cluster.report()["config"].contains("active_changed"));
}

TEST(Ceph, ALaggyMdsIsNotAsked) {
  FakeCluster cluster;
  cluster.edit("fs_dump", [](Json& json) {
    for (auto& mds : json["filesystems"][0]["mdsmap"]["info"]) mds["laggy_since"] = "0.0";
  });
  const auto fs = cluster.report()["fs"]["filesystems"][0];
  EXPECT_EQ(fs["cached_inos"], 0);
  const bool told = std::any_of(cluster.calls.begin(), cluster.calls.end(), [](const auto& call) {
    return FakeCluster::name_of(call.argv).starts_with("tell");
  });
  EXPECT_FALSE(told);
}

TEST(Ceph, ABigClusterLeavesOutWhatCostsACallEach) {
  FakeCluster cluster;
  cluster.edit("osd_dump", [](Json& json) {
    for (std::size_t i = 1; i <= kMaxDaemonsAskedForOptions; ++i) {
      json["osds"].push_back(json["osds"][0]);
      json["osds"].back()["osd"] = i;
    }
    for (std::size_t i = 0; i < kMaxRbdPoolsAsked; ++i) json["pools"].push_back(json["pools"][1]);
  });
  cluster.edit("fs_dump", [](Json& json) {
    auto& info = json["filesystems"][0]["mdsmap"]["info"];
    const Json one = *info.begin();
    for (std::size_t i = 0; i <= kMaxMdsAsked; ++i) info[fmt::format("gid_{}", i)] = one;
  });
  const auto report = cluster.report();
  EXPECT_EQ(report["config"].contains("active_changed"), false);
  EXPECT_EQ(report["rbd"].size(), 1u);
  EXPECT_EQ(report["rbd"]["num_pools"], 1 + kMaxRbdPoolsAsked);
  EXPECT_EQ(report["fs"]["filesystems"][0].contains("cached_inos"), false);
  EXPECT_EQ(report["fs"]["filesystems"][0].contains("files"), false);
  EXPECT_EQ(cluster.calls.size(), 12u);
}

TEST(Ceph, StonesVersionAttributeTakesThePlaceOfCephs) {
  FakeCluster cluster;
  cluster.edit("osd_metadata", [](Json& json) {
    for (auto& osd : json) {
      osd.erase("ceph_version");
      osd["stone_version"] = "stone version 16.2.15 (abc) pacific (stable)";
    }
  });
  const auto osd = cluster.report()["metadata"]["osd"];
  EXPECT_EQ(osd["stone_version"]["stone version 16.2.15 (abc) pacific (stable)"], 1);
  EXPECT_FALSE(osd.contains("ceph_version"));
}

TEST(Ceph, AClusterNetworkIsSeenFromAnOsdThatIsUp) {
  FakeCluster cluster;
  cluster.edit("osd_dump", [](Json& json) {
    json["osds"][0]["cluster_addrs"]["addrvec"][0]["addr"] = "[fd00::2]:6800";
    json["osds"][0]["public_addrs"]["addrvec"][0]["addr"] = "[fd00::1]:6800";
  });
  EXPECT_EQ(cluster.report()["osd"]["cluster_network"], true);
  cluster.edit("osd_dump", [](Json& json) {
    json["osds"][0]["cluster_addrs"]["addrvec"][0]["addr"] = "10.9.9.9:1";
    json["osds"][0]["up"] = 0;
  });
  EXPECT_EQ(cluster.report()["osd"]["cluster_network"], false);
}

TEST(Ceph, AnOptionOfOneManagerIsReportedWithoutItsName) {
  EXPECT_EQ(option_name("mgr/dashboard/host-7.abcdef/server_addr"), "mgr/dashboard/server_addr");
  EXPECT_EQ(option_name("mgr/balancer/mode"), "mgr/balancer/mode");
  EXPECT_EQ(option_name("osd_max_backfills"), "osd_max_backfills");
  EXPECT_EQ(option_name("mgr/"), "mgr/");
  EXPECT_EQ(option_name(""), "");
}

TEST(Ceph, ReportIdIsThatOfTheModuleOrNothing) {
  FakeCluster cluster;
  const std::string question = "config-key_get_mgr/telemetry/report_id";
  const auto id = [&] { return ceph_report_id({}, cluster.runner()); };
  cluster.answer_text(question, "F58F9413-1d54-4e5e-8ef4-ef55c3ec367d\n");
  ASSERT_TRUE(id().ok());
  EXPECT_EQ(id()->value(), "f58f9413-1d54-4e5e-8ef4-ef55c3ec367d");
  cluster.answer_text(question, "", kCephNotFound);
  ASSERT_TRUE(id().ok());
  EXPECT_FALSE(id()->has_value());
  for (const auto rubbish : {"", "f58f9413", "f58f9413_1d54_4e5e_8ef4_ef55c3ec367d",
                             "f58f9413-1d54-4e5e-8ef4-ef55c3ec367g"}) {
    cluster.answer_text(question, rubbish);
    ASSERT_FALSE(id().ok()) << rubbish;
    EXPECT_EQ(id().error().kind, ErrorKind::kUnavailable);
  }
  cluster.answer_text(question, "", 1);
  EXPECT_FALSE(id().ok());
  cluster.fail(question, ErrorKind::kTryAgain);
  EXPECT_EQ(id().error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace candor
