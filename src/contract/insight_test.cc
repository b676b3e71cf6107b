#include "contract/insight.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/files.h"

namespace candor {
namespace {

Contract contract_with(std::string_view insight) {
  auto contract = parse_contract(fmt::format(R"j(
candor = 1
[product]
name = "p"
contact = "c@example.com"
[[channel]]
name = "basic"
about = "Basics."
fields = [
  {{ path = "osd.count", type = "integer", about = "Count." }},
  {{ path = "used", type = "number", about = "Used." }},
  {{ path = "pools[].pg_num", type = "integer", about = "Groups." }},
  {{ path = "os.release", type = "string", about = "Release." }},
  {{ path = "os.id", type = "string", about = "System." }},
  {{ path = "metadata.osd.*.*", type = "integer", about = "OSDs." }},
  {{ path = "metadata.mon.*.*", type = "integer", about = "Monitors." }},
]
[[insight]]
name = "i"
about = "A figure of all."
{}
)j",
                                             insight),
                                 "p.toml");
  EXPECT_TRUE(contract.ok()) << contract.error().message;
  return *std::move(contract);
}

// "3", "text" or "none".
std::string figure(std::string_view insight, std::string_view body) {
  const auto contract = contract_with(insight);
  InsightReader reader(contract);
  const auto values = reader.read(body);
  if (!values.ok() || values->size() != 1) return "error";
  const auto& value = values->front();
  if (!value.present)
    return value.number == 0 && value.text.empty() ? "none" : "none, but something";
  return contract.insights[0].aggregate == Aggregate::kSum ? fmt::format("{}", value.number)
                                                           : value.text;
}

constexpr std::string_view kVersions =
    R"j(path = ["metadata.osd.ceph_version", "metadata.mon.ceph_version"]
aggregate = "majority"
extract = "ceph version v*([0-9.]+|Dev)"
)j";

TEST(Insight, ASumAddsAllThatLiesUnderItsPath) {
  EXPECT_EQ(figure("path = \"osd.count\"", R"j({"osd":{"count":3}})j"), "3");
  EXPECT_EQ(figure("path = \"pools[].pg_num\"", R"j({"pools":[{"pg_num":8},{},{"pg_num":32}]})j"),
            "40");
  EXPECT_EQ(figure("path = \"used\"", R"j({"used":0.5})j"), "0.5");
  EXPECT_EQ(figure("path = \"osd.count\"", R"j({"osd":{"count":0}})j"), "0");
  EXPECT_EQ(figure("path = \"osd.count\"", R"j({"osd":{"count":18446744073709551615}})j"),
            "1.8446744073709552e+19");
}

TEST(Insight, WhatIsNotThereIsNotCounted) {
  for (const auto* body :
       {"{}", R"j({"osd":null})j", R"j({"osd":{}})j", R"j({"osd":{"count":null}})j"}) {
    EXPECT_EQ(figure("path = \"osd.count\"", body), "none") << body;
  }
  EXPECT_EQ(figure("path = \"pools[].pg_num\"", R"j({"pools":[]})j"), "none");
}

TEST(Insight, TheFirstPathThatIsThereCounts) {
  constexpr std::string_view kOs = "path = [\"os.release\", \"os.id\"]\naggregate = \"value\"";
  EXPECT_EQ(figure(kOs, R"j({"os":{"id":"debian","release":"debian 12"}})j"), "debian 12");
  EXPECT_EQ(figure(kOs, R"j({"os":{"id":"arch"}})j"), "arch");
  EXPECT_EQ(figure(kOs, R"j({"os":{"id":"arch","release":null}})j"), "arch");
  EXPECT_EQ(figure(kOs, "{}"), "none");
  EXPECT_EQ(figure("path = [\"osd.count\", \"used\"]", R"j({"used":7,"osd":{"count":0}})j"), "0");
}

TEST(Insight, AMajorityIsTheKeyWithTheGreatestNumber) {
  EXPECT_EQ(
      figure(
          kVersions,
          R"j({"metadata":{"osd":{"ceph_version":{"ceph version 16.2.15 (abc) pacific":2,"ceph version 15.2.1 (def)":1}}}})j"),
      "16.2.15");
  EXPECT_EQ(
      figure(
          kVersions,
          R"j({"metadata":{"osd":{"ceph_version":{}},"mon":{"ceph_version":{"ceph version 14.2.0":1}}}})j"),
      "14.2.0");
  EXPECT_EQ(figure(kVersions, R"j({"metadata":{"osd":{"os":{"ceph version 1":9}}}})j"), "none");
}

TEST(Insight, KeysThatShowAsOneCountTogether) {
  EXPECT_EQ(
      figure(
          kVersions,
          R"j({"metadata":{"osd":{"ceph_version":{"ceph version 16.2 (a)":2,"ceph version 17.2":3,"ceph version v16.2 (b)":2}}}})j"),
      "16.2");
}

TEST(Insight, ATieIsTheSameEveryTime) {
  EXPECT_EQ(
      figure(
          kVersions,
          R"j({"metadata":{"osd":{"ceph_version":{"ceph version 17.2":2,"ceph version 16.2":2}}}})j"),
      figure(
          kVersions,
          R"j({"metadata":{"osd":{"ceph_version":{"ceph version 16.2":2,"ceph version 17.2":2}}}})j"));
}

TEST(Insight, WhatDoesNotMatchIsNotShown) {
  EXPECT_EQ(figure(kVersions, R"j({"metadata":{"osd":{"ceph_version":{"something else":9}}}})j"),
            "none");
  EXPECT_EQ(
      figure(
          kVersions,
          R"j({"metadata":{"osd":{"ceph_version":{"something else":9,"ceph version Dev":1}}}})j"),
      "Dev");
  EXPECT_EQ(figure("path = \"os.id\"\naggregate = \"value\"\nextract = \"^[a-z]+$\"",
                   R"j({"os":{"id":"Debian 12"}})j"),
            "none");
  EXPECT_EQ(figure("path = \"os.id\"\naggregate = \"value\"\nextract = \"[a-z]+\"",
                   R"j({"os":{"id":"Debian 12"}})j"),
            "ebian");
}

TEST(Insight, AReaderIsUsedForManyReports) {
  const auto contract = contract_with("path = \"osd.count\"");
  InsightReader reader(contract);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(reader.read(fmt::format(R"j({{"osd":{{"count":{}}}}})j", i))->front().number, i);
    EXPECT_FALSE(reader.read("nothing").ok());
  }
}

TEST(Insight, WhatIsKnownIsShownWhereItsHashWasSent) {
  const auto shown = [](std::string_view text) {
    return figure("path = \"os.id\"\naggregate = \"value\"\nknown = [\"debian\", \"a\"]",
                  fmt::format(R"j({{"os":{{"id":"{}"}}}})j", text));
  };
  EXPECT_EQ(shown(sha256_hex("debian")), "debian");
  EXPECT_EQ(shown(md5_hex("debian")), "debian");
  EXPECT_EQ(shown(sha256_hex("other")), sha256_hex("other"));
  EXPECT_EQ(shown("debian"), "debian");
}

TEST(Insight, StonesVersionIsThatOfMostOsdsAndElseOfMostMonitors) {
  const auto stone = read_contract(Path(CANDOR_TEST_SOURCE_DIR) / "contracts/stone.toml");
  ASSERT_TRUE(stone.ok()) << stone.error().message;
  InsightReader reader(*stone);
  const auto version = [&](std::string_view body) {
    const auto values = *reader.read(body);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (stone->insights[i].name == "version") return values[i].text;
    }
    return std::string("no such insight");
  };
  EXPECT_EQ(
      version(
          R"j({"metadata":{"osd":{"ceph_version":{"ceph version 16.2.15 (618f) pacific (stable)":3,"ceph version 15.2.17 (8a82) octopus (stable)":2}},)j"
          R"j("mon":{"ceph_version":{"ceph version 17.2.6 (d7ff) quincy (stable)":9}}}})j"),
      "16.2.15");
  EXPECT_EQ(
      version(
          R"j({"metadata":{"osd":{},"mon":{"stone_version":{"stone version 15.2.3 (x) octopus (stable)":1}}}})j"),
      "15.2.3");
}

}  // namespace
}  // namespace candor
