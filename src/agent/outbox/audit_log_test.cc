#include "agent/outbox/audit_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/outbox/limits.h"

namespace candor {
namespace {

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() { EXPECT_TRUE(state_.make("sent").ok()); }
  static LogEntry entry(std::string id, std::string status = "accepted") {
    return {std::move(id),        std::nullopt,      Instant(Millis(1)), 7,
            std::string(64, 'a'), std::move(status), "https://c.example"};
  }

  TemporaryFolder folder_;
  StateFolder state_{folder_.path() / "state"};
  AuditLog log_{state_};
};

TEST_F(AuditLogTest, WhatWasAppendedComesBackInOrder) {
  EXPECT_TRUE(log_.entries()->empty());
  ASSERT_TRUE(log_.append(entry("a")).ok());
  ASSERT_TRUE(log_.append(entry("b", "refused")).ok());
  const auto entries = *log_.entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].id, "a");
  EXPECT_EQ(entries[1].status, "refused");
  EXPECT_EQ((*log_.last_sent())->id, "a");
  EXPECT_EQ((*log_.find("b"))->bytes, 7u);
  EXPECT_FALSE(log_.find("c")->has_value());
}

TEST_F(AuditLogTest, ATornLineSpoilsNoOther) {
  ASSERT_TRUE(log_.append(entry("a")).ok());
  ASSERT_TRUE(state_.append("sent/log.jsonl", "{\"id\":\"2026").ok());
  ASSERT_TRUE(log_.append(entry("b")).ok());
  ASSERT_EQ(log_.entries()->size(), 2u);
  EXPECT_EQ((*log_.last_sent())->id, "b");
}

TEST_F(AuditLogTest, ADamagedLineIsTold) {
  ASSERT_TRUE(log_.append(entry("a")).ok());
  ASSERT_TRUE(state_.append("sent/log.jsonl", "{\"id\":\"b\",\"sent_at\":17}\n").ok());
  ASSERT_TRUE(log_.append(entry("c")).ok());
  const auto reading = *log_.read();
  EXPECT_EQ(reading.entries.size(), 2u);
  ASSERT_EQ(reading.damage.size(), 1u);
  EXPECT_EQ(reading.damage[0], fmt::format("{}, line 2 is damaged and was left out.",
                                           state_.file("sent/log.jsonl").string()));
}

TEST_F(AuditLogTest, ALineThatACrashToreIsNoDamageAsLongAsItsReportIsNotAmongThoseSent) {
  const std::string id = "20261121T070000.123Z-1a2b3c4d";
  ASSERT_TRUE(state_.append("sent/log.jsonl", "{\"id\":\"20261121T07").ok());
  EXPECT_TRUE(log_.read()->damage.empty());
  // It was sent again, and has a line of its own.
  ASSERT_TRUE(log_.append(entry(id)).ok());
  ASSERT_TRUE(state_.write("sent/" + id + ".json", "x").ok());
  ASSERT_TRUE(state_.write("sent/" + id + ".receipt.json", "x").ok());
  EXPECT_TRUE(log_.read()->damage.empty());
}

TEST_F(AuditLogTest, ATornLineIsDamageWhenItsReportIsAmongThoseSent) {
  const std::string id = "20261121T070000.123Z-1a2b3c4d";
  ASSERT_TRUE(log_.append(entry(id)).ok());
  ASSERT_TRUE(state_.write("sent/" + id + ".json", "x").ok());
  const auto whole = *state_.read("sent/log.jsonl");
  for (std::size_t kept = 1; kept + 2 < whole.size(); ++kept) {
    ASSERT_TRUE(state_.write("sent/log.jsonl", whole.substr(0, kept)).ok());
    const auto reading = *log_.read();
    EXPECT_TRUE(reading.entries.empty());
    ASSERT_EQ(reading.damage.size(), 1u) << kept;
    EXPECT_NE(reading.damage[0].find("line 1 is damaged"), std::string::npos);
  }
}

TEST_F(AuditLogTest, LinesThatAreGoneWholeAreToldByTheCopiesOfTheirReports) {
  const std::string id = "20261121T070000.123Z-1a2b3c4d";
  ASSERT_TRUE(state_.write("sent/" + id + ".json", "x").ok());
  const auto reading = *log_.read();
  ASSERT_EQ(reading.damage.size(), 1u);
  EXPECT_NE(reading.damage[0].find(id), std::string::npos);
}

TEST_F(AuditLogTest, ACopyThatIsOlderThanALogThatWasTurnedOverIsNoDamage) {
  auto line = entry("20261121T080000.000Z-1a2b3c4d");
  line.sent_at = *parse_rfc3339("2026-11-21T08:00:01Z");
  ASSERT_TRUE(log_.append(line).ok());
  ASSERT_TRUE(state_.rename("sent/log.jsonl", "sent/log.1.jsonl").ok());
  ASSERT_TRUE(state_.make("refused").ok());
  ASSERT_TRUE(state_.write("refused/20260101T070000.123Z-1a2b3c4d.json", "x").ok());
  EXPECT_TRUE(log_.read()->damage.empty());
  // A younger one has no excuse.
  ASSERT_TRUE(state_.write("sent/20261121T090000.000Z-1a2b3c4d.json", "x").ok());
  EXPECT_EQ(log_.read()->damage.size(), 1u);
}

TEST_F(AuditLogTest, ItNeverGrowsBeyondTwoFiles) {
  const std::string filler(20'000, 'x');
  for (int i = 0; i < 200; ++i) {
    auto line = entry(fmt::format("{:04}", i));
    line.url = filler;
    ASSERT_TRUE(log_.append(line).ok());
  }
  const auto size = [&](std::string_view name) {
    return std::filesystem::file_size(state_.file(name));
  };
  EXPECT_LT(size("sent/log.jsonl"), kMaxLogBytes + 21'000);
  EXPECT_LT(size("sent/log.1.jsonl"), kMaxLogBytes + 21'000);
  EXPECT_EQ(list_files(state_.file("sent"))->size(), 2u);
  const auto entries = *log_.entries();
  EXPECT_EQ(entries.back().id, "0199");
  // The newest are there without a gap, across both files.
  const auto first = std::stoi(entries.front().id);
  EXPECT_EQ(entries.size(), static_cast<std::size_t>(200 - first));
  EXPECT_TRUE(log_.find(entries.front().id)->has_value());
}

TEST_F(AuditLogTest, TheNewestSentOneIsFoundAfterTheFileTurnedOver) {
  ASSERT_TRUE(log_.append(entry("a")).ok());
  ASSERT_TRUE(state_.rename("sent/log.jsonl", "sent/log.1.jsonl").ok());
  ASSERT_TRUE(log_.append(entry("b", "refused")).ok());
  EXPECT_EQ((*log_.last_sent())->id, "a");
}

}  // namespace
}  // namespace candor
