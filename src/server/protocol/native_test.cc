#include "server/protocol/native.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "contract/receipt.h"
#include "server/protocol/protocol_fixture.h"
#include "wire/compression.h"

namespace candor {
namespace {

class NativeTest : public ProtocolTest {
 protected:
  std::string hash_of(std::string_view product) { return catalogue_.find(product)->current->hash; }

  // A report whose header has one member replaced (or, with an empty value, left out).
  std::string report(std::string_view member = "", std::string_view value = "",
                     std::string_view product = "open") {
    std::string header = "\"format\":1";
    for (const auto& [name, usual] : std::vector<std::pair<std::string, std::string>>{
             {"product", fmt::format("\"{}\"", product)},
             {"contract", fmt::format("\"{}\"", hash_of(product))},
             {"installation", R"("70b28f00-e38f-41b2-a723-aab344f535b9")"},
             {"sealed_at", R"("2026-11-21T06:59:00.123Z")"},
             {"deletion", fmt::format("\"{}\"", std::string(64, 'd'))}}) {
      const auto text = name == member ? std::string(value) : usual;
      if (!text.empty()) header += fmt::format(",\"{}\":{}", name, text);
    }
    if (member == "more") header += value;
    return fmt::format(R"({{"candor":{{{}}},"a":1}})", header);
  }

  SubmissionOrRefusal read(std::string body, std::vector<HttpHeader> headers = {},
                           std::string_view prefix = "") {
    return read_with(read_native_report, std::move(body), std::move(headers), prefix);
  }
};

TEST_F(NativeTest, TheHeaderSaysWhoseReportItIs) {
  const auto body = report("more", R"(,"simulated":true,"automation":true)");
  const auto submission = taken(read(body));
  EXPECT_EQ(submission.kind, SubmissionKind::kReport);
  EXPECT_EQ(submission.protocol, "native");
  EXPECT_EQ(submission.product->name(), "open");
  EXPECT_EQ(submission.contract->hash, hash_of("open"));
  EXPECT_EQ(submission.installation, "70b28f00-e38f-41b2-a723-aab344f535b9");
  EXPECT_EQ(submission.deletion, std::string(64, 'd'));
  EXPECT_EQ(submission.reported, *parse_rfc3339("2026-11-21T06:59:00.123Z"));
  EXPECT_TRUE(submission.simulated);
  EXPECT_TRUE(submission.automation);
  EXPECT_EQ(simdjson::minify(submission.document->root()), body);
  EXPECT_EQ(submission.body_sha256, sha256_hex(body));
  EXPECT_EQ(submission.identity, std::vector<std::string>{submission.body_sha256});
  EXPECT_EQ(submission.envelope, std::vector<std::string_view>{"candor"});
  const auto plain = taken(read(report()));
  EXPECT_FALSE(plain.simulated || plain.automation);
}

TEST_F(NativeTest, TheDeletionHashIsTheSameInUpperCase) {
  const auto upper = fmt::format("\"{}\"", std::string(64, 'D'));
  EXPECT_EQ(taken(read(report("deletion", upper))).deletion, std::string(64, 'd'));
}

TEST_F(NativeTest, PackedBodiesAreTheBodiesInside) {
  const auto body = report();
  EXPECT_EQ(taken(read(gzip(body), {{"Content-Encoding", "gzip"}})).body_sha256, sha256_hex(body));
  EXPECT_EQ(taken(read(zstd(body), {{"content-encoding", "zstd"}})).body_sha256, sha256_hex(body));
  EXPECT_EQ(refused(read(body, {{"Content-Encoding", "gzip"}})), "400 bad_encoding");
}

TEST_F(NativeTest, TheIdempotencyKeyIsTheHashOfTheBody) {
  const auto body = report();
  EXPECT_EQ(refused(read(body, {{"Idempotency-Key", sha256_hex(body)}})), "taken");
  EXPECT_EQ(refused(read(gzip(body),
                         {{"Idempotency-Key", sha256_hex(body)}, {"Content-Encoding", "gzip"}})),
            "taken");
  EXPECT_EQ(refused(read(body, {{"Idempotency-Key", sha256_hex(body + " ")}})), "400 damaged");
}

TEST_F(NativeTest, WhatIsNoReportIsRefused) {
  for (const auto* body : {"", "nothing", "[]", "{}", R"({"candor":1})", R"({"candor":{}})",
                           R"({"candor":{"format":2}})", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(refused(read(body)), "400 bad_document") << body;
  }
  EXPECT_EQ(refused(read("{\"a\":" + std::string(300, '[') + std::string(300, ']') + "}")),
            "400 bad_document");
  EXPECT_EQ(refused(read(report("installation"))), "400 bad_document");
  EXPECT_EQ(refused(read(report("installation", "\"me\""))), "400 bad_document");
  EXPECT_EQ(refused(read(report("sealed_at"))), "400 bad_document");
  EXPECT_EQ(refused(read(report("sealed_at", "\"yesterday\""))), "400 bad_document");
}

TEST_F(NativeTest, AReportNamesItsProduct) {
  EXPECT_EQ(refused(read(report("product"))), "400 bad_document");
  EXPECT_EQ(refused(read(report("product", "\"nobody\""))), "404 unknown_product");
  EXPECT_EQ(refused(read(report("product", "\"web\""))), "404 unknown_product");
  EXPECT_EQ(refused(read(report(), {}, "open")), "taken");
  EXPECT_EQ(refused(read(report(), {}, "locked")), "400 other_product");
}

TEST_F(NativeTest, AContractThatIsNotKnownIsAConflict) {
  EXPECT_EQ(refused(read(report("contract", "\"" + std::string(64, '0') + "\""))),
            "409 unknown_contract");
  EXPECT_EQ(refused(read(report("contract", "\"\""))), "409 unknown_contract");
  EXPECT_EQ(refused(read(report("contract"))), "409 unknown_contract");
  EXPECT_EQ(refused(read(report("contract", "\"" + hash_of("locked") + "\""))),
            "409 unknown_contract");
}

TEST_F(NativeTest, AProductMayDemandItsWriteKey) {
  const auto basic = [](std::string_view key) {
    return HttpHeader{"Authorization", "Basic " + to_base64(std::string(key) + ":")};
  };
  EXPECT_EQ(refused(read(report("", "", "locked"))), "401 invalid_write_key");
  EXPECT_EQ(refused(read(report("", "", "locked"), {basic("open-key")})), "401 invalid_write_key");
  EXPECT_EQ(refused(read(report("", "", "locked"), {basic("secret")})), "taken");
  EXPECT_EQ(refused(read(report(), {basic("secret")})), "401 invalid_write_key");
  EXPECT_EQ(refused(read_with(read_native_report, report("", "", "locked"), {}, "", "key=secret")),
            "taken");
}

TEST_F(NativeTest, TheAnswerSaysWhatHappenedAndCarriesASignedReceipt) {
  const auto key = SigningKey::generate();
  const auto submission = taken(read(report()));
  Admitted admitted;
  admitted.dropped = {{"u", "string", Problem::kUndeclared, 2}};
  admitted.quarantined = {{"a", "integer", Problem::kTooLarge, "99"}};
  const auto response =
      native_answer(submission, Outcome::kPartlyQuarantined, &admitted, received_, key);
  EXPECT_EQ(response.status, 200);
  const auto json = parse_json(response.body);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["schema_version"], 1);
  EXPECT_EQ((*json)["status"], "partly_quarantined");
  EXPECT_EQ((*json)["dropped"].dump(),
            R"([{"path":"u","type":"string","reason":"undeclared","count":2}])");
  EXPECT_EQ((*json)["quarantined"].dump(),
            R"([{"path":"a","type":"integer","reason":"too_large"}])");
  EXPECT_EQ((*json)["receipt"]["received_at"], "2026-11-21T07:00:00Z");
  const auto receipt = receipt_of(*json);
  ASSERT_TRUE(receipt.ok());
  EXPECT_TRUE(verify_receipt(*receipt, submission.body_sha256, to_base64(key.public_key())).ok());
}

TEST_F(NativeTest, ADuplicateGetsAReceiptToo) {
  const auto key = SigningKey::generate();
  const auto json = parse_json(
      native_answer(taken(read(report())), Outcome::kDuplicate, nullptr, received_, key).body);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ((*json)["status"], "duplicate");
  EXPECT_TRUE(receipt_of(*json).ok());
  EXPECT_EQ((*json)["dropped"].dump(), "[]");
}

}  // namespace
}  // namespace candor
