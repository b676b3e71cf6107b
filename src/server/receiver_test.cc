#include "server/receiver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>

#include "base/digest.h"
#include "contract/receipt.h"
#include "server/record/intake_fixture.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native", "ceph"]
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [
  { path = "a", type = "integer", max = 10, about = "A." },
  { path = "devices.*.*.hours", type = "integer", about = "Hours." },
]
)";

constexpr std::string_view kId = "70b28f00-e38f-41b2-a723-aab344f535b9";

class ReceiverTest : public testing::Test {
 protected:
  ReceiverTest() {
    auto contract = parse_contract(kContract, "p.toml");
    EXPECT_TRUE(contract.ok()) << contract.error().message;
    hash_ = contract->hash;
    catalogue_ = *Catalogue::open(
        {{std::make_shared<const Contract>(*std::move(contract)), {}, false}}, archive_.path());
    on_memory_.clock.set(*parse_rfc3339("2026-11-21T07:00:00Z"));
    EXPECT_TRUE(open_intake(on_memory_, seen_.path(), nullptr, intake_).ok());
  }

  HttpResponse send(std::string method, std::string path, std::string body) {
    HttpRequest request;
    request.method = std::move(method);
    request.path = path;
    request.body = std::move(body);
    auto promise = std::make_shared<std::promise<HttpResponse>>();
    Receiver receiver(catalogue_, *intake_, key_, "hash key", on_memory_.clock);
    receiver.receive(std::move(request), path, "",
                     [promise](HttpResponse response) { promise->set_value(std::move(response)); });
    return promise->get_future().get();
  }

  std::string native(std::string_view rest, std::string_view sealed_at = "2026-11-21T06:59:00Z") {
    return fmt::format(
        R"({{"candor":{{"format":1,"product":"p","contract":"{}","installation":"{}","sealed_at":"{}"}}{}}})",
        hash_, kId, sealed_at, rest);
  }
  static std::string ceph(std::string_view timestamp, std::string_view rest) {
    return fmt::format(R"({{"report_id":"{}","report_timestamp":"{}"{}}})", kId, timestamp, rest);
  }

  // "200 accepted", "400 bad_document".
  static std::string told(const HttpResponse& response) {
    const auto json = parse_json(response.body);
    if (!json.ok()) return "no JSON";
    const auto* error = find_member(*json, "error");
    auto word =
        error != nullptr ? string_member(*error, "reason") : string_member(*json, "outcome");
    if (word.empty()) word = string_member(*json, "status");
    return fmt::format("{} {}", response.status, word);
  }
  std::size_t stored() { return read_all(*on_memory_.journal).size(); }

  TemporaryFolder archive_, seen_;
  Catalogue catalogue_;
  std::string hash_;
  const SigningKey key_ = SigningKey::generate();
  JournalOnMemory on_memory_{1 << 16};
  std::unique_ptr<Intake> intake_;
};

TEST_F(ReceiverTest, KnowsItsAddressesAndTheirLimits) {
  for (const auto* path : {"/v1/reports", "/report", "/device"}) {
    EXPECT_TRUE(Receiver::takes(path)) << path;
    EXPECT_GE(Receiver::body_limit(path), 8u << 20);
  }
  for (const auto* path : {"/", "/report/", "/v1/key", "/REPORT"})
    EXPECT_FALSE(Receiver::takes(path)) << path;
}

TEST_F(ReceiverTest, AReportIsAnsweredWhenItIsStored) {
  const auto body = native(R"(,"a":1,"u":"CANARY")");
  const auto response = send("POST", "/v1/reports", body);
  EXPECT_EQ(told(response), "200 accepted");
  const auto receipt = receipt_of(*parse_json(response.body));
  ASSERT_TRUE(receipt.ok());
  EXPECT_TRUE(verify_receipt(*receipt, sha256_hex(body), to_base64(key_.public_key())).ok());
  const auto records = read_all(*on_memory_.journal);
  ASSERT_EQ(records.size(), 1u);
  const auto& bytes = records.begin()->second;
  EXPECT_EQ(bytes.substr(bytes.find('\n') + 1), R"({"a":1})");
  EXPECT_EQ(bytes.find("CANARY"), std::string::npos);
  EXPECT_NE(bytes.find(R"(["u","string","undeclared",1])"), std::string::npos);
}

TEST_F(ReceiverTest, TheSameReportIsStoredOnce) {
  EXPECT_EQ(told(send("POST", "/v1/reports", native(""))), "200 accepted");
  EXPECT_EQ(told(send("POST", "/v1/reports", native(""))), "200 duplicate");
  EXPECT_EQ(told(send("PUT", "/report", ceph("2026-11-21T05:00:12.251606", ""))), "200 accepted");
  EXPECT_EQ(told(send("PUT", "/report", ceph("2026-11-21T05:00:12.251606", R"(,"a":1)"))),
            "200 duplicate");
  EXPECT_EQ(told(send("PUT", "/report", ceph("2026-11-21T05:00:13.000000", ""))), "200 accepted");
  EXPECT_EQ(stored(), 3u);
}

TEST_F(ReceiverTest, OutOfBoundsIsSaid) {
  EXPECT_EQ(told(send("POST", "/v1/reports", native(R"(,"a":11)"))), "200 quarantined");
  EXPECT_EQ(told(send("PUT", "/report", ceph("2026-11-21T05:00:12", R"(,"a":11)"))),
            "200 quarantined");
  EXPECT_EQ(told(send("PUT", "/device", R"({"d":{"s":{"hours":"five"}}})")), "200 quarantined");
}

TEST_F(ReceiverTest, BadInputIsRefusedAndNothingIsStored) {
  EXPECT_EQ(told(send("POST", "/v1/reports", "nothing")), "400 bad_document");
  EXPECT_EQ(told(send("POST", "/v1/reports", native("", "2026-10-12T07:00:00Z"))),
            "400 outside_time_window");
  EXPECT_EQ(told(send("POST", "/v1/reports", native("", "2026-11-21T08:30:00Z"))),
            "400 outside_time_window");
  EXPECT_EQ(told(send("POST", "/v1/reports", native(",\"a\":\"\xff\""))), "400 bad_document");
  EXPECT_EQ(told(send("PUT", "/report", ceph("2026-10-12T07:00:00", ""))),
            "400 outside_time_window");
  EXPECT_EQ(told(send("PUT", "/report", "{}")), "400 no_report_id");
  EXPECT_EQ(told(send("PUT", "/device", "{},\"a\":1")), "400 bad_document");
  EXPECT_EQ(stored(), 0u);
  const auto arrivals = intake_->arrivals_after(0, "p", 100);
  EXPECT_EQ(arrivals.size(), 7u);
  for (const auto& arrival : arrivals) EXPECT_EQ(arrival.outcome, "refused");
}

TEST_F(ReceiverTest, OtherVerbsAreNotTaken) {
  const auto response = send("GET", "/report", "");
  EXPECT_EQ(told(response), "405 method_not_allowed");
  EXPECT_EQ(response.headers.at(0).value, "PUT");
}

TEST_F(ReceiverTest, AFullDiskIsAnswered503UntilItRecovers) {
  on_memory_.disk.set_fault([](MemoryDisk::Call call, std::uint64_t) {
    return call == MemoryDisk::Call::kSync
               ? Status(Error{ErrorKind::kTryAgain, "cannot write /secret/place: full"})
               : Status(Ok{});
  });
  const auto response = send("POST", "/v1/reports", native(""));
  EXPECT_EQ(told(response), "503 try_again");
  EXPECT_EQ(response.headers.at(0).name, "Retry-After");
  EXPECT_EQ(response.body.find("/secret"), std::string::npos);
  on_memory_.disk.set_fault(nullptr);
  EXPECT_EQ(told(send("POST", "/v1/reports", native(""))), "200 accepted");
}

TEST_F(ReceiverTest, WhatCanNeverBeStoredIsNotAskedForAgain) {
  std::string devices = "{";
  for (int i = 0; devices.size() < (2u << 20); ++i)
    devices += fmt::format(R"({}"device-{:020}":{{"s":{{"hours":{}}}}})", i == 0 ? "" : ",", i, i);
  EXPECT_EQ(told(send("PUT", "/device", devices + "}")),
            "200 accepted");  // 10,000 entries are kept
  std::string large = "{";
  for (int i = 0; i < 9'000; ++i)
    large += fmt::format(R"({}"{}{:06}":{{"s":{{"hours":1}}}})", i == 0 ? "" : ",",
                         std::string(200, 'd'), i);
  EXPECT_EQ(told(send("PUT", "/device", large + "}")), "413 too_large");
}

}  // namespace
}  // namespace candor
