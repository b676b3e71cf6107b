#include "server/protocol/ceph_report.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "server/admit/document.h"

namespace candor {
namespace {

constexpr std::string_view kId = "70b28f00-e38f-41b2-a723-aab344f535b9";
const std::string kSha1(40, 'a');

class CephReportTest : public testing::Test {
 protected:
  CephReport shaped(std::string_view text, std::string_view installation = kId) {
    const auto document = JsonDocument::parse(text);
    EXPECT_TRUE(document.ok()) << text;
    return newest_shape(document->root(), installation, &hash_);
  }
  // The first 40 digits of the keyed hash.
  std::string hashed(std::string_view id, std::string_view installation = kId) {
    return hash_.keyed(std::string(installation) + "\n" + std::string(id)).substr(0, 40);
  }

  HashHere hash_{"key"};
};

TEST_F(CephReportTest, OfANewReleaseIsAsItCame) {
  const auto text =
      R"({"report_id":"x","a":1.5,"big":18446744073709551615,"t":"\"\\\n\u0001ä","usage":{"pg_num":3},)"
      R"("pools":[{"type":"erasure","pg_num":8},7],"crashes":[{"crash_id":"c","entity_name":"osd.)" +
      kSha1 + R"(","archived":null}],"a":2})";
  const auto parts = shaped(text);
  EXPECT_EQ(Json::parse(parts.report), Json::parse(text));
  EXPECT_EQ(parts.report.find(R"("a":2)") != std::string::npos, true) << "the second of one name";
  EXPECT_EQ(parts.devices, "");
}

TEST_F(CephReportTest, ACrashMapBecomesAListWithoutNames) {
  EXPECT_EQ(shaped(R"({"crashes":{"id1":{"crash_id":"own","entity_name":"mgr.host-a"},
                       "id2":{"entity_name":"osd.3","n":1},"id3":4}})")
                .report,
            R"({"crashes":[{"crash_id":"own","entity_name":"mgr.)" + hashed("host-a") +
                R"("},{"crash_id":"id2","entity_name":"osd.)" + hashed("3") + R"(","n":1},4]})");
}

TEST_F(CephReportTest, WhereNoCrashesCouldBeAskedForThereAreNone) {
  EXPECT_EQ(shaped(R"({"crashes":""})").report, R"({"crashes":[]})");
  EXPECT_EQ(shaped(R"({"crashes":{}})").report, R"({"crashes":[]})");
  EXPECT_EQ(shaped(R"({"crashes":7})").report, R"({"crashes":7})");
}

TEST_F(CephReportTest, ADaemonsNameIsAnotherHashInAnotherCluster) {
  const auto text =
      R"({"crashes":[{"entity_name":"mon.a.b"},{"entity_name":"host"},{"entity_name":1}]})";
  EXPECT_EQ(shaped(text).report, R"({"crashes":[{"entity_name":"mon.)" + hashed("a.b") +
                                     R"("},{"entity_name":".)" + hashed("host") +
                                     R"("},{"entity_name":1}]})");
  EXPECT_NE(shaped(text).report, shaped(text, "another").report);
  const auto document = JsonDocument::parse(R"({"crashes":[{"entity_name":"mon.a"}]})");
  EXPECT_EQ(newest_shape(document->root(), kId, nullptr).report,
            R"({"crashes":[{"entity_name":"mon.-"}]})");
}

TEST_F(CephReportTest, TheColonAndTheNumbersOfOldReleasesAreSpeltAnew) {
  EXPECT_EQ(
      shaped(R"({"usage":{"pg_num:":8,"pools":1},"pools":[{"type":1},{"type":3},{"type":9}]})")
          .report,
      R"({"usage":{"pg_num":8,"pools":1},"pools":[{"type":"replicated"},{"type":"erasure"},{"type":9}]})");
  EXPECT_EQ(shaped(R"({"usage":{"pg_num:":8,"pg_num":9}})").report,
            R"({"usage":{"pg_num:":8,"pg_num":9}})");
}

TEST_F(CephReportTest, DevicesInsideStandApartWithOrWithoutTheirHosts) {
  const auto flat = shaped(R"({"a":1,"devices":{"D1":{"20261120-070000":{"h":1}},"D2":{}}})");
  EXPECT_EQ(flat.report, R"({"a":1})");
  EXPECT_EQ(flat.devices, R"({"D1":{"20261120-070000":{"h":1}},"D2":{}})");
  const auto nested =
      shaped(R"({"devices":{"host-id":{"D1":{"20261120-070000":{"h":1}}},"other":{"D2":{}}}})");
  EXPECT_EQ(nested.report, "{}");
  EXPECT_EQ(nested.devices, R"({"D1":{"20261120-070000":{"h":1}},"D2":{}})");
  EXPECT_EQ(shaped(R"({"devices":null})").report, R"({"devices":null})");
  EXPECT_EQ(shaped(R"({"devices":{}})").devices, "");
}

TEST_F(CephReportTest, AUuidThatNamesAMachineIsReplacedByOneThatDoesNot) {
  const auto made = [this](std::string_view text) { return without_machine_uuids(text, &hash_); };
  const std::string old = "5f1c0b9e-8a51-11e9-9c2f-0cc47a6e0b1c";
  const auto other = made(old);
  EXPECT_NE(other, old);
  EXPECT_EQ(other.size(), old.size());
  EXPECT_EQ(other[14], '4');
  EXPECT_TRUE(other[8] == '-' && other[13] == '-' && other[18] == '-' && other[23] == '-') << other;
  EXPECT_EQ(made("-a-SEAGATE_x-y_" + old + "\":" + old + "-"),
            "-a-SEAGATE_x-y_" + other + "\":" + other + "-");
  for (const auto* text :
       {"", "-", "a-b", "70b28f00-e38f-41b2-a723-aab344f535b9",
        "5f1c0b9e-8a51-11e9-9c2f-0cc47a6e0b1", "5f1c0b9e-8a51-11e9-9c2f-0cc47a6e0b1g"})
    EXPECT_EQ(made(text), text);
  EXPECT_EQ(without_machine_uuids(old, nullptr), old);
}

}  // namespace
}  // namespace candor
