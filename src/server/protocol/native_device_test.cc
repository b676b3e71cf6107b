#include "server/protocol/native_device.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "server/protocol/protocol_fixture.h"
#include "wire/compression.h"

namespace candor {
namespace {

class NativeDeviceTest : public ProtocolTest {
 protected:
  std::string hash() { return catalogue_.find("open")->current->hash; }
  std::string report(std::string_view more = "", std::string_view kind = "device") {
    return fmt::format(
        R"({{"candor":{{"format":1,"kind":"{}","product":"open","contract":"{}"{}}},)"
        R"("devices":{{"ACME_X1_0a":{{"20261121-000000":{{"hours":5}}}}}}}})",
        kind, hash(), more);
  }
  SubmissionOrRefusal read(std::string body, std::vector<HttpHeader> headers = {},
                           std::string_view prefix = "") {
    return read_with(read_native_device, std::move(body), std::move(headers), prefix);
  }
};

TEST_F(NativeDeviceTest, ADeviceReportHasNoInstallationAndOnlyADay) {
  received_ = *parse_rfc3339("2026-11-21T07:12:13.456Z");
  const auto body = report();
  const auto submission = taken(read(zstd(body), {{"Content-Encoding", "zstd"}}));
  EXPECT_EQ(submission.kind, SubmissionKind::kDeviceReport);
  EXPECT_EQ(submission.protocol, "native");
  EXPECT_EQ(submission.product->name(), "open");
  EXPECT_EQ(submission.contract->hash, hash());
  EXPECT_EQ(submission.installation, "");
  EXPECT_EQ(submission.deletion, "");
  EXPECT_EQ(submission.reported, *parse_rfc3339("2026-11-21T00:00:00Z"));
  EXPECT_EQ(submission.body_sha256, sha256_hex(body));
  EXPECT_EQ(submission.identity, std::vector<std::string>{submission.body_sha256});
  EXPECT_EQ(submission.envelope, std::vector<std::string_view>{"candor"});
}

TEST_F(NativeDeviceTest, OneThatNamesAnInstallationIsRefused) {
  EXPECT_EQ(refused(read(report(R"(,"installation":"70b28f00-e38f-41b2-a723-aab344f535b9")"))),
            "400 bad_document");
  EXPECT_EQ(refused(read(report(R"(,"deletion":"d")"))), "400 bad_document");
}

TEST_F(NativeDeviceTest, WhatIsNoDeviceReportIsRefused) {
  for (const auto* body : {"", "[]", "{}", R"({"candor":{"format":1,"kind":"device"}})",
                           R"({"candor":{"format":1,"kind":"device","product":"open"}})"})
    EXPECT_EQ(refused(read(body)), "400 bad_document") << body;
  EXPECT_EQ(refused(read(report("", "report"))), "400 bad_document");
}

TEST_F(NativeDeviceTest, TheContractIsAVersionTheCollectorKnows) {
  auto body = report();
  body.replace(body.find(hash()), 64, std::string(64, 'a'));
  EXPECT_EQ(refused(read(body)), "409 unknown_contract");
}

TEST_F(NativeDeviceTest, TheAddressAndTheHashAreLookedAt) {
  EXPECT_EQ(refused(read(report(), {}, "locked")), "400 other_product");
  EXPECT_EQ(refused(read(report(), {}, "open")), "taken");
  EXPECT_EQ(refused(read(report(), {{"Idempotency-Key", std::string(64, 'b')}})), "400 damaged");
}

}  // namespace
}  // namespace candor
