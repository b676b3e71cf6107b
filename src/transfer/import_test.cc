#include "transfer/import.h"

#include <gtest/gtest.h>

#include <sstream>

#include "base/digest.h"
#include "transfer/limits.h"
#include "wire/compression.h"

namespace candor {
namespace {

// Answers what the test says, and remembers what it was asked.
class FakeClient final : public HttpClient {
 public:
  Result<ClientResponse> send(const ClientRequest& request) override {
    urls.push_back(request.url);
    longest = std::max(longest, request.timeout);
    bodies.push_back(*decode_content("zstd", request.body, 1u << 24));
    return answer(bodies.back());
  }
  std::vector<std::string> urls;
  std::vector<std::string> bodies;
  std::chrono::milliseconds longest{0};
  std::function<Result<ClientResponse>(const std::string&)> answer = [](const std::string&) {
    return ClientResponse{200, {}, R"({"status":"accepted","receipt":{}})"};
  };
};

class ImportTest : public ::testing::Test {
 protected:
  static std::string line(const std::string& report) {
    return export_line({"id-" + report, sha256_hex(report), report});
  }
  Result<ImportSummary> import(const std::string& text) {
    std::istringstream in(text);
    ImportOptions options;
    options.url = "http://c.example";
    options.pause = [this](std::chrono::milliseconds wait) { waits_.push_back(wait.count()); };
    return import_reports(in, client_, options, [this](const std::string& line) -> Status {
      written_ += line;
      return Ok{};
    });
  }

  FakeClient client_;
  std::vector<std::int64_t> waits_;
  std::string written_;
  const std::string head_ = export_header_line({ExportKind::kReport, "p", 2});
};

TEST_F(ImportTest, EachReportIsPostedAsItWasAndItsAnswerIsWrittenDown) {
  const auto summary = import(head_ + line("one") + line("two"));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(client_.bodies, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(client_.urls[0], "http://c.example/v1/reports");
  EXPECT_EQ(summary->outcomes.at("accepted"), 2u);
  EXPECT_EQ(written_.substr(0, written_.find('\n') + 1),
            receipts_header_line({ExportKind::kReport, "p", 0}));
  EXPECT_NE(written_.find("id-two"), std::string::npos);
}

TEST_F(ImportTest, DeviceReportsGoToTheirOwnAddress) {
  ASSERT_TRUE(import(export_header_line({ExportKind::kDevice, "p", 1}) + line("one")).ok());
  EXPECT_EQ(client_.urls[0], "http://c.example/v1/devices");
}

TEST_F(ImportTest, DamagedLinesAreNamedAndPassedOver) {
  const auto summary = import(head_ + line("one") + "garbage\n" + line("two") + "{\"id\":\"x\"}");
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->lines, 4u);
  EXPECT_EQ(summary->outcomes.at("accepted"), 2u);
  ASSERT_EQ(summary->damaged, 2u);
  EXPECT_EQ(summary->damaged_lines[0].number, 3u);
  EXPECT_EQ(summary->damaged_lines[1].number, 5u);
}

TEST_F(ImportTest, ABusyCollectorIsAskedAgainAsItSays) {
  int busy = 2;
  client_.answer = [&](const std::string&) {
    if (busy-- > 0) return ClientResponse{503, {{"Retry-After", "3"}}, ""};
    return ClientResponse{200, {}, R"({"status":"duplicate"})"};
  };
  const auto summary = import(head_ + line("one"));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->outcomes.at("duplicate"), 1u);
  EXPECT_EQ(waits_, (std::vector<std::int64_t>{3'000, 3'000}));
}

TEST_F(ImportTest, ACollectorThatIsAwayStopsItAndWhatArrivedIsWrittenDown) {
  client_.answer = [&](const std::string& body) -> Result<ClientResponse> {
    if (body == "two") return Error{ErrorKind::kUnavailable, "no route"};
    return ClientResponse{200, {}, R"({"status":"accepted"})"};
  };
  const auto summary = import(head_ + line("one") + line("two") + line("three"));
  ASSERT_TRUE(summary.ok());
  ASSERT_TRUE(summary->stopped);
  EXPECT_EQ(summary->stopped->kind, ErrorKind::kTryAgain);
  EXPECT_EQ(summary->lines, 1u);
  EXPECT_EQ(client_.bodies.size(), 1u + kImportTries);
  EXPECT_EQ(written_.find("id-three"), std::string::npos);
  // The fifth try came 7.5 s after the first; what is left of the time is all that it has.
  EXPECT_LE(client_.longest, kImportSilence);
}

TEST_F(ImportTest, ARefusalIsAnAnswer) {
  client_.answer = [](const std::string&) {
    return ClientResponse{409, {}, R"({"error":{"message":"Not like this."}})"};
  };
  const auto summary = import(head_ + line("one"));
  EXPECT_EQ(summary->outcomes.at("refused"), 1u);
  EXPECT_EQ(summary->first_refusal, "The collector answered 409: Not like this.");
  EXPECT_NE(written_.find("Not like this."), std::string::npos);
}

TEST_F(ImportTest, AWrongKeyOrAddressIsNoWordOnTheReport) {
  for (const ClientResponse& wrong :
       {ClientResponse{401, {}, R"({"error":{"reason":"invalid_write_key","message":"No."}})"},
        ClientResponse{404, {}, R"({"error":{"reason":"unknown_product","message":"No."}})"},
        ClientResponse{403, {}, "<html>"}, ClientResponse{200, {}, "<html>"}}) {
    client_.answer = [&](const std::string&) { return wrong; };
    const auto summary = import(head_ + line("one"));
    ASSERT_TRUE(summary.ok());
    ASSERT_TRUE(summary->stopped) << wrong.status << wrong.body;
    EXPECT_EQ(summary->stopped->kind, ErrorKind::kGeneral);
    EXPECT_TRUE(summary->outcomes.empty());
  }
}

TEST_F(ImportTest, WhatIsNoExportIsRefusedWhole) {
  EXPECT_EQ(import("").error().kind, ErrorKind::kBadData);
  EXPECT_EQ(import("hello\n").error().kind, ErrorKind::kBadData);
  EXPECT_TRUE(client_.bodies.empty());
}

}  // namespace
}  // namespace candor
