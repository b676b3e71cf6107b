#include "agent/outbox/outbox.h"

#include <gtest/gtest.h>

#include "agent/outbox/limits.h"
#include "agent/seal/report_id.h"
#include "agent/seal/seal.h"
#include "base/digest.h"
#include "contract/receipt.h"

namespace candor {
namespace {

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest()
      : contract_(*parse_contract(
            "candor = 1\n[product]\nname = \"p\"\ncontact = \"c\"\n[[channel]]\nname = \"b\"\n"
            "about = \"x\"\n[[channel.fields]]\npath = \"a\"\ntype = \"integer\"\nabout = \"x\"\n",
            "p.toml")),
        identity_(make_identity(std::nullopt, Instant{})) {}

  SealedReport report(Instant at) const {
    const std::set<std::string, std::less<>> channels = {"b"};
    return seal(Observation(Json{{"a", 1}}), {contract_, ConsentedFields::all_of(contract_),
                                              channels, identity_, at, Attendance::kPerson, "t"})
        ->report;
  }
  LogEntry entry(const SealedReport& report) const {
    return {report.id(),
            sealed_at_of(report.id()),
            now_,
            report.bytes().size(),
            report.sha256(),
            "accepted",
            "http://x"};
  }

  TemporaryFolder folder_;
  StateFolder state_{folder_.path() / "state"};
  Outbox outbox_{state_};
  Contract contract_;
  Identity identity_;
  Instant now_ = *parse_rfc3339("2026-11-21T07:00:00Z");
};

TEST_F(OutboxTest, WhatIsPendingIsExactlyWhatWasSealed) {
  ASSERT_TRUE(state_.make().ok());
  const auto sealed = report(now_);
  EXPECT_EQ(*outbox_.put(sealed, now_), 0u);
  const auto pending = *outbox_.pending();
  ASSERT_EQ(pending.size(), 1u);
  EXPECT_EQ(pending[0].id, sealed.id());
  EXPECT_EQ(pending[0].sealed_at, now_);
  EXPECT_EQ(*outbox_.read(sealed.id()), sealed.bytes());
}

TEST_F(OutboxTest, ASentReportMovesWithItsReceiptAndIsLogged) {
  ASSERT_TRUE(state_.make().ok());
  EXPECT_FALSE(outbox_.last_sent()->has_value());
  const auto sealed = report(now_);
  ASSERT_TRUE(outbox_.put(sealed, now_).ok());
  ASSERT_TRUE(outbox_.mark_sent(entry(sealed), {{"status", "accepted"}}).ok());
  EXPECT_TRUE(outbox_.pending()->empty());
  EXPECT_EQ(*state_.read("sent/" + sealed.id() + ".json"), sealed.bytes());
  EXPECT_TRUE(state_.has("sent/" + sealed.id() + ".answer.json"));
  EXPECT_FALSE(state_.has("sent/" + sealed.id() + ".receipt.json"));  // there was none
  EXPECT_EQ(outbox_.find(sealed.id()), Whereabouts::kSent);
  EXPECT_EQ(*outbox_.kept(), std::vector<std::string>{sealed.id()});
  const auto last = **outbox_.last_sent();
  EXPECT_EQ(last.id, sealed.id());
  EXPECT_EQ(last.sha256, sealed.sha256());
  EXPECT_EQ(last.status, "accepted");
  EXPECT_EQ(last.sealed_at, now_);
}

TEST_F(OutboxTest, ARefusedReportIsKeptButNeverPending) {
  ASSERT_TRUE(state_.make().ok());
  const auto sealed = report(now_);
  ASSERT_TRUE(outbox_.put(sealed, now_).ok());
  auto refused = entry(sealed);
  refused.status = "refused";
  ASSERT_TRUE(outbox_.mark_refused(refused).ok());
  EXPECT_TRUE(outbox_.pending()->empty());
  EXPECT_EQ(*outbox_.refused(), 1u);
  EXPECT_FALSE(outbox_.last_sent()->has_value());
}

TEST_F(OutboxTest, ATornLogLineIsPassedOver) {
  ASSERT_TRUE(state_.make("sent").ok());
  const auto sealed = report(now_);
  ASSERT_TRUE(outbox_.put(sealed, now_).ok());
  ASSERT_TRUE(outbox_.mark_sent(entry(sealed), Json::object()).ok());
  ASSERT_TRUE(state_.append("sent/log.jsonl", "{\"id\":\"2026").ok());
  EXPECT_EQ((*outbox_.last_sent())->id, sealed.id());
}

TEST_F(OutboxTest, DroppingLeavesTheAuditTrail) {
  ASSERT_TRUE(state_.make().ok());
  const auto first = report(now_);
  ASSERT_TRUE(outbox_.put(first, now_).ok());
  ASSERT_TRUE(outbox_.mark_sent(entry(first), Json::object()).ok());
  ASSERT_TRUE(outbox_.put(report(now_ + Millis(1)), now_).ok());
  EXPECT_EQ(*outbox_.drop_pending(), 1u);
  EXPECT_TRUE(outbox_.pending()->empty());
  EXPECT_TRUE(state_.has("sent/" + first.id() + ".json"));
}

TEST_F(OutboxTest, WhatACrashLeftHalfWrittenGoesWithTheRest) {
  ASSERT_TRUE(state_.make("outbox").ok());
  ASSERT_TRUE(state_.write("outbox/left.json.17.tmp", "{").ok());
  EXPECT_EQ(*outbox_.drop_pending(), 0u);
  EXPECT_FALSE(state_.has("outbox/left.json.17.tmp"));
}

TEST_F(OutboxTest, AReportThatWasDroppedOnItsWayIsStillLogged) {
  ASSERT_TRUE(state_.make().ok());
  const auto sealed = report(now_);
  ASSERT_TRUE(outbox_.put(sealed, now_).ok());
  ASSERT_TRUE(outbox_.drop_pending().ok());
  EXPECT_TRUE(outbox_.mark_sent(entry(sealed), Json::object()).ok());
  EXPECT_EQ((*outbox_.last_sent())->id, sealed.id());
}

TEST_F(OutboxTest, TheOldestGoBeyondTheLimits) {
  std::vector<PendingReport> pending;
  for (std::size_t i = 0; i < kMaxPendingReports + 3; ++i)
    pending.push_back({std::to_string(i), 1, now_});
  EXPECT_EQ(over_limits(pending, now_), (std::vector<std::string>{"0", "1", "2"}));
  pending = {{"a", kMaxPendingBytes, now_}, {"b", kMaxPendingBytes, now_}};
  EXPECT_EQ(over_limits(pending, now_), std::vector<std::string>{"a"});
  pending = {{"a", 1, now_ - kMaxPendingAge - Millis(1)},
             {"b", 1, now_ - kMaxPendingAge},
             {"c", 1, std::nullopt}};
  EXPECT_EQ(over_limits(pending, now_), std::vector<std::string>{"a"});
  EXPECT_TRUE(over_limits({}, now_).empty());
}

TEST_F(OutboxTest, TheReceiptIsKeptAsItIsCheckedAndTheRestBesideIt) {
  ASSERT_TRUE(state_.make().ok());
  const auto sealed = report(now_);
  ASSERT_TRUE(outbox_.put(sealed, now_).ok());
  const auto receipt =
      sign_receipt(sealed.sha256(), "c", "2026-11-21T07:00:00Z", SigningKey::generate());
  Json answer = {{"status", "accepted"}, {"receipt", to_json(receipt)}};
  ASSERT_TRUE(outbox_.mark_sent(entry(sealed), answer).ok());
  EXPECT_EQ(*outbox_.read_receipt(sealed.id()), receipt_text(receipt));
  EXPECT_EQ(*state_.read("sent/" + sealed.id() + ".answer.json"),
            to_pretty({{"status", "accepted"}}));
  EXPECT_EQ(*outbox_.read_kept(sealed.id()), sealed.bytes());
}

TEST_F(OutboxTest, WhatTheLimitsDropIsCountedUntilAReportTellsIt) {
  ASSERT_TRUE(state_.make().ok());
  ASSERT_TRUE(outbox_.put(report(now_), now_).ok());
  ASSERT_TRUE(outbox_.put(report(now_ + Millis(1)), now_).ok());
  EXPECT_EQ(*outbox_.lost(), 0u);
  const auto later = now_ + kMaxPendingAge + Millis(1);
  EXPECT_EQ(*outbox_.expire(later), 1u);
  EXPECT_EQ(*outbox_.lost(), 1u);
  EXPECT_EQ(*outbox_.expire(later + Millis(1)), 1u);
  EXPECT_EQ(*outbox_.lost(), 2u);
  ASSERT_TRUE(outbox_.told_lost(1).ok());
  EXPECT_EQ(*outbox_.lost(), 1u);
  ASSERT_TRUE(outbox_.told_lost(1).ok());
  EXPECT_FALSE(state_.has("dropped.json"));
}

TEST_F(OutboxTest, AReportThatTellsOfLostOnesLosesThemAgain) {
  ASSERT_TRUE(state_.make("outbox").ok());
  const std::set<std::string, std::less<>> channels = {"b"};
  const auto sealed =
      seal(Observation(Json{{"a", 1}}), {contract_, ConsentedFields::all_of(contract_), channels,
                                         identity_, now_, Attendance::kPerson, "t", 3})
          ->report;
  EXPECT_NE(sealed.bytes().find("\"lost\": 3"), std::string::npos);
  ASSERT_TRUE(outbox_.put(sealed, now_).ok());
  EXPECT_EQ(*outbox_.expire(now_ + kMaxPendingAge + Millis(1)), 1u);
  EXPECT_EQ(*outbox_.lost(), 4u);
}

TEST_F(OutboxTest, AnOffForgetsWhatWasLost) {
  ASSERT_TRUE(state_.make().ok());
  ASSERT_TRUE(outbox_.put(report(now_), now_).ok());
  ASSERT_EQ(*outbox_.expire(now_ + kMaxPendingAge + Millis(1)), 1u);
  ASSERT_TRUE(outbox_.drop_pending().ok());
  EXPECT_EQ(*outbox_.lost(), 0u);
}

TEST_F(OutboxTest, WhatACrashLeftHalfWrittenIsRemoved) {
  ASSERT_TRUE(state_.make().ok());
  ASSERT_TRUE(outbox_.put(report(now_), now_).ok());
  ASSERT_TRUE(state_.make("sent").ok());
  const auto leave = [&] {
    ASSERT_TRUE(state_.write("outbox/x.json.77.tmp", "{").ok());
    ASSERT_TRUE(state_.write("sent/x.receipt.json.77.tmp", "{").ok());
  };
  leave();
  EXPECT_EQ(*outbox_.expire(now_), 0u);
  EXPECT_FALSE(state_.has("outbox/x.json.77.tmp"));
  EXPECT_FALSE(state_.has("sent/x.receipt.json.77.tmp"));
  EXPECT_EQ(outbox_.pending()->size(), 1u);
  leave();
  ASSERT_TRUE(outbox_.drop_pending().ok());
  EXPECT_FALSE(state_.has("outbox/x.json.77.tmp"));
}

TEST_F(OutboxTest, ADamagedPendingReportIsDroppedAndCounted) {
  const auto whole = report(now_);
  const auto torn = report(now_ + Millis(1));
  const auto empty = report(now_ + Millis(2));
  for (const auto& one : {whole, torn, empty}) ASSERT_TRUE(outbox_.put(one, now_).ok());
  const auto file = [](const SealedReport& of) { return "outbox/" + of.id() + ".json"; };
  ASSERT_TRUE(state_.write(file(torn), torn.bytes().substr(0, 40)).ok());
  ASSERT_TRUE(state_.write(file(empty), "").ok());
  const auto gone = *outbox_.drop_damaged();
  ASSERT_EQ(gone.size(), 2u);
  EXPECT_NE(gone[0].find(torn.id()), std::string::npos);
  EXPECT_NE(gone[1].find(empty.id()), std::string::npos);
  EXPECT_EQ(*outbox_.lost(), 2u);
  ASSERT_EQ(outbox_.pending()->size(), 1u);
  EXPECT_EQ(outbox_.pending()->front().id, whole.id());
  EXPECT_TRUE(outbox_.drop_damaged()->empty());
}

TEST_F(OutboxTest, ADamagedReportIsNotBelievedWhatItSaysOfLostOnes) {
  ASSERT_TRUE(state_.make("outbox").ok());
  const auto one = report(now_);
  ASSERT_TRUE(
      state_.write("outbox/" + one.id() + ".json", R"({"candor": {"lost": 9223372036854775807}})")
          .ok());
  ASSERT_EQ(outbox_.drop_damaged()->size(), 1u);
  EXPECT_EQ(*outbox_.lost(), 1u + kMaxLostTold);
}

}  // namespace
}  // namespace candor
