#include "server/protocol/ceph.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "server/protocol/limits.h"
#include "server/protocol/protocol_fixture.h"
#include "wire/compression.h"

namespace candor {
namespace {

constexpr std::string_view kId = "70b28f00-e38f-41b2-a723-aab344f535b9";

class CephTest : public ProtocolTest {
 protected:
  SubmissionOrRefusal read(std::string body, std::string_view prefix = "") {
    return read_with(read_ceph_report, std::move(body), {}, prefix);
  }
  SubmissionOrRefusal read_device(std::string body, std::string_view prefix = "") {
    return read_with(read_ceph_device, std::move(body), {}, prefix);
  }
  std::string report(std::string_view timestamp) {
    return fmt::format(
        R"({{"report_version":1,"report_timestamp":"{}","report_id":"{}","channels":["basic"],"license":"sharing-1-0","a":1}})",
        timestamp, kId);
  }
};

TEST_F(CephTest, APacificReportNamesItsClusterAndTime) {
  const auto body = report("2026-11-21T05:00:12.251606");
  const auto submission = taken(read(body));
  EXPECT_EQ(submission.kind, SubmissionKind::kReport);
  EXPECT_EQ(submission.protocol, "ceph");
  EXPECT_EQ(submission.product->name(), "open");
  EXPECT_EQ(submission.contract, submission.product->current);
  EXPECT_EQ(submission.installation, kId);
  EXPECT_EQ(submission.deletion, "");
  EXPECT_EQ(submission.reported, *parse_rfc3339("2026-11-21T05:00:12.251Z"));
  EXPECT_EQ(submission.identity,
            (std::vector<std::string>{std::string(kId), "2026-11-21T05:00:12.251606"}));
  EXPECT_EQ(simdjson::minify(submission.document->root()), body);
}

TEST_F(CephTest, TimesWithAZoneAreTakenToo) {
  EXPECT_EQ(taken(read(report("2026-11-21T05:00:12Z"))).reported,
            *parse_rfc3339("2026-11-21T05:00:12Z"));
  EXPECT_EQ(taken(read(report("2026-11-21T06:00:12+0100"))).reported,
            *parse_rfc3339("2026-11-21T05:00:12Z"));
}

TEST_F(CephTest, MimicSendsNoTimeAndIsDatedWhenItCame) {
  const auto body = fmt::format(R"({{"report_id":"{}","a":1}})", kId);
  const auto submission = taken(read(body));
  EXPECT_EQ(submission.reported, received_);
  EXPECT_EQ(submission.identity.front(), kId);
  EXPECT_EQ(submission.identity, taken(read(body)).identity);
  EXPECT_NE(submission.identity,
            taken(read(fmt::format(R"({{"report_id":"{}","a":2}})", kId))).identity);
  received_ += std::chrono::hours(24);
  EXPECT_NE(submission.identity, taken(read(body)).identity);
}

TEST_F(CephTest, AClusterIsTheSameInUpperCase) {
  EXPECT_EQ(taken(read(R"({"report_id":"70B28F00-E38F-41B2-A723-AAB344F535B9"})")).installation,
            kId);
}

TEST_F(CephTest, TheModulesOwnMembersAreNoContentUnlessDeclared) {
  const auto envelope = taken(read(report("2026-11-21T05:00:12"))).envelope;
  const auto has = [&](std::string_view name) {
    return std::ranges::find(envelope, name) != envelope.end();
  };
  for (const auto* name : {"report_version", "report_timestamp", "report_id", "channels",
                           "channels_available", "collections_available", "collections_opted_in"}) {
    EXPECT_TRUE(has(name)) << name;
  }
  EXPECT_FALSE(has("license"));
  EXPECT_FALSE(has("a"));
}

TEST_F(CephTest, WhatIsNoReportIsRefused) {
  for (const auto* body : {"", "nothing", "[]", "{\"a\":\"\xff\"}", "{\"report_id\":"})
    EXPECT_EQ(refused(read(body)), "400 bad_document") << body;
  EXPECT_EQ(refused(read("{\"a\":" + std::string(300, '[') + std::string(300, ']') + "}")),
            "400 bad_document");
  for (const auto* body :
       {"{}", R"({"report_id":null})", R"({"report_id":"me"})", R"({"report_id":7})"})
    EXPECT_EQ(refused(read(body)), "400 no_report_id") << body;
  EXPECT_EQ(refused(read(report("yesterday"))), "400 bad_timestamp");
  EXPECT_EQ(refused(read(fmt::format(R"({{"report_id":"{}","report_timestamp":5}})", kId))),
            "400 bad_timestamp");
  EXPECT_EQ(refused(read_with(read_ceph_report, "x", {{"Content-Encoding", "gzip"}})),
            "400 bad_encoding");
  const auto bomb =
      gzip(report("2026-11-21T05:00:12") + std::string(kMaxPackedCephReportBytes, ' '));
  EXPECT_EQ(refused(read_with(read_ceph_report, bomb, {{"Content-Encoding", "gzip"}})),
            "400 bad_encoding");
}

TEST_F(CephTest, TheProductIsTheOneOfThePathOrTheOnlyOneThatTakesCeph) {
  EXPECT_EQ(refused(read(report("2026-11-21T05:00:12"), "open")), "taken");
  EXPECT_EQ(refused(read(report("2026-11-21T05:00:12"), "nobody")), "404 unknown_product");
  EXPECT_EQ(refused(read(report("2026-11-21T05:00:12"), "web")), "404 unknown_product");
  EXPECT_EQ(
      refused(read_with(read_ceph_report, report("2026-11-21T05:00:12"), {}, "", "key=open-key")),
      "taken");
  EXPECT_EQ(
      refused(read_with(read_ceph_report, report("2026-11-21T05:00:12"), {}, "", "key=wrong")),
      "401 invalid_write_key");
}

TEST_F(CephTest, ADeviceReportIsWrappedAndNamesNoInstallation) {
  const auto submission =
      taken(read_device(R"({"SEAGATE_ST1_uuid":{"20261120-070000":{"hours":5}}})"));
  EXPECT_EQ(submission.kind, SubmissionKind::kDeviceReport);
  EXPECT_EQ(submission.installation, "");
  EXPECT_EQ(submission.reported, std::chrono::floor<std::chrono::days>(received_));
  EXPECT_EQ(submission.body, R"({"devices":{"SEAGATE_ST1_uuid":{"20261120-070000":{"hours":5}}}})");
  EXPECT_TRUE(submission.envelope.empty());
  const auto admitted = admit(submission.body, *submission.contract, submission.envelope, 0);
  ASSERT_TRUE(admitted.ok());
  EXPECT_EQ(admitted->body, submission.body);
}

TEST_F(CephTest, DevicesInsideAReportAreADeviceReportOfTheDay) {
  const auto submission = taken(read(fmt::format(
      R"({{"report_id":"{}","a":1,"devices":{{"D":{{"20261120-070000":{{"hours":5}}}}}}}})", kId)));
  EXPECT_EQ(submission.body.find("devices"), std::string::npos) << submission.body;
  const auto devices = devices_of(submission, received_, nullptr);
  ASSERT_TRUE(devices.has_value());
  EXPECT_EQ(devices->kind, SubmissionKind::kDeviceReport);
  EXPECT_EQ(devices->installation, "");
  EXPECT_EQ(devices->reported, std::chrono::floor<std::chrono::days>(received_));
  EXPECT_EQ(devices->body, R"({"devices":{"D":{"20261120-070000":{"hours":5}}}})");
  // Sent apart by a later release it is the same one.
  EXPECT_EQ(devices->identity,
            taken(read_device(R"({"D":{"20261120-070000":{"hours":5}}})")).identity);
  EXPECT_FALSE(
      devices_of(taken(read(report("2026-11-21T05:00:12"))), received_, nullptr).has_value());
}

TEST_F(CephTest, ADeviceReportCannotSayMoreThanDevices) {
  for (const auto* body :
       {R"({},"a":1)", R"({}},{"a":1)", R"(1,"a":2)", "", "nothing", "{", "{}x"}) {
    EXPECT_EQ(refused(read_device(body)), "400 bad_document") << body;
  }
  for (const auto* body : {"[]", "null", "3"})
    EXPECT_EQ(refused(read_device(body)), "400 bad_document") << body;
  EXPECT_EQ(refused(read_device("{}")), "taken");
  EXPECT_EQ(refused(read_device("{}", "nobody")), "404 unknown_product");
}

TEST(CephAnswer, IsTheReferenceServersAndALittleMore) {
  Admitted admitted;
  admitted.dropped = {{"u", "string", Problem::kUndeclared, 2},
                      {"v", "string", Problem::kNever, 3}};
  admitted.quarantined = {{"a", "integer", Problem::kTooLarge, "99"}};
  const auto response = ceph_answer(Outcome::kPartlyQuarantined, &admitted);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(
      response.body,
      "{\"status\":true,\"outcome\":\"partly_quarantined\",\"dropped\":5,\"quarantined\":1}\n");
  EXPECT_EQ(ceph_answer(Outcome::kDuplicate, nullptr).body,
            "{\"status\":true,\"outcome\":\"duplicate\"}\n");
}

TEST(RefusalAnswer, HasTheShapeOfEveryError) {
  const auto response = answer(Refusal{400, "bad_document", "Not \"JSON\".", "", "ceph"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body,
            "{\"schema_version\":1,\"error\":{\"reason\":\"bad_document\",\"message\":\"Not "
            "\\\"JSON\\\".\"}}\n");
  EXPECT_TRUE(response.headers.empty());
  EXPECT_EQ(error_answer(503, "try_again", "Later.").headers.at(0).name, "Retry-After");
  EXPECT_EQ(error_answer(401, "invalid_write_key", "No.").headers.at(0).name, "WWW-Authenticate");
}

TEST(RefusalAnswer, HasAStatusForEveryKindOfError) {
  const auto status = [](ErrorKind kind) {
    return refusal_of(Error{kind, "Why."}, "native").status;
  };
  EXPECT_EQ(status(ErrorKind::kNotFound), 404);
  EXPECT_EQ(status(ErrorKind::kForbidden), 401);
  EXPECT_EQ(status(ErrorKind::kUsage), 400);
  EXPECT_EQ(status(ErrorKind::kTryAgain), 503);
  EXPECT_EQ(status(ErrorKind::kBadData), 400);
  EXPECT_EQ(status(ErrorKind::kGeneral), 400);
}

}  // namespace
}  // namespace candor
