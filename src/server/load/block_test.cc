#include "server/load/block.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "contract/deletion.h"
#include "server/load/block_fixture.h"
#include "server/load/limits.h"

namespace candor {
namespace {

using Rows = std::vector<std::string>;

TEST_F(BlockTest, AReportIsARowWithItsFigures) {
  add(report());
  const auto parts = builder_.take();
  EXPECT_EQ(rows(parts, kReports, kReportTypes),
            (Rows{fmt::format(
                "p'|2026-11-20|0|i1'|1795219199123|2026-11-21T00:00:01Z|native'|{}'|0|del'|{}'",
                hash_, report().admitted.body)}));
  EXPECT_EQ(rows(parts, kReportValues, kValueTypes),
            (Rows{"p'|0|'|2026-11-20|i1'|0|1795219199123|1|1|'",
                  "p'|0|osds'|2026-11-20|i1'|0|1795219199123|1|3|'",
                  "p'|0|version'|2026-11-20|i1'|0|1795219199123|1|0|16.2'"}));
  EXPECT_EQ(rows(parts, kAccounting, kAccountingTypes), (Rows{"p'|2026-11-21|accepted'|'|1"}));
  EXPECT_EQ(parts.size(), 3u);
}

TEST_F(BlockTest, SimulatedAndAutomationAreMarkedInEveryRow) {
  auto record = report();
  record.simulated = record.automation = true;
  record.admitted.body = "{}";
  add(record);
  const auto parts = builder_.take();
  EXPECT_EQ(rows(parts, kReports, kReportTypes)[0].find("p'|2026-11-20|1|i1'"), 0u);
  EXPECT_EQ(rows(parts, kReportValues, kValueTypes),
            (Rows{"p'|1|'|2026-11-20|i1'|1|1795219199123|1|1|'",
                  "p'|1|osds'|2026-11-20|i1'|1|1795219199123|0|0|'",
                  "p'|1|version'|2026-11-20|i1'|1|1795219199123|0|0|'"}));
}

TEST_F(BlockTest, DropsAndQuarantineAreRowsOfTheirOwn) {
  auto record = report();
  record.admitted.dropped = {{"u", "string", Problem::kUndeclared, 7},
                             {"v[]", "object", Problem::kNever, 1}};
  record.admitted.quarantined = {{"osd.count", "integer", Problem::kTooLarge, "99", "/osd/count"}};
  add(CountsRecord{"p", record.received, {}, 0});  // position 1
  add(record);
  const auto parts = builder_.take();
  EXPECT_EQ(rows(parts, kDrops, kDropTypes), (Rows{"p'|2026-11-21|u'|string'|undeclared'|7",
                                                   "p'|2026-11-21|v[]'|object'|never'|1"}));
  EXPECT_EQ(
      rows(parts, kQuarantine, kQuarantineTypes),
      (Rows{fmt::format("p'|2026-11-21|2026-11-21T00:00:01Z|2|report'|{}'|'|1795219199123|"
                        "native'|{}'|i1'|osd.count'|integer'|too_large'|99'|/osd/count'|'|0|0",
                        to_hex(record.key), hash_)}));
  EXPECT_EQ(rows(parts, kAccounting, kAccountingTypes),
            (Rows{"p'|2026-11-21|partly_quarantined'|'|1"}));
}

TEST_F(BlockTest, EndsWhereRowsWaitForItsEndThatAreMany) {
  auto record = report();
  const std::string value(1 << 20, '9');
  record.admitted.quarantined = {{"osd.count", "integer", Problem::kTooLarge, value, "/osd/count"}};
  for (std::size_t i = 0; i < kMaxHeldRowBytes / value.size(); ++i) {
    EXPECT_FALSE(builder_.full()) << i;
    add(record);
  }
  EXPECT_TRUE(builder_.full());
  builder_.take();
  EXPECT_FALSE(builder_.full());
}

TEST_F(BlockTest, ADeviceReportIsARowASampleAndNamesNoInstallation) {
  auto record = report();
  record.kind = DocumentRecord::Kind::kDevice;
  record.installation = record.deletion = "";
  record.admitted.body =
      R"({"devices":{"d1":{"20261120-070000":{"hours":5},"20261120-190000":{}},"d2":{},"d3":{"odd":{}},"d4":null}})";
  add(record);
  const auto parts = builder_.take();
  const auto row = [this](std::string_view device, std::string_view version,
                          std::string_view body) {
    return fmt::format("p'|2026-11-20|{}'|{}|2026-11-21T00:00:01Z|{}'|{}'", device, version, hash_,
                       body);
  };
  EXPECT_EQ(rows(parts, kDeviceReports, kDeviceTypes),
            (Rows{row("d1", "1795158000000", R"({"20261120-070000":{"hours":5}})"),
                  row("d1", "1795201200000", R"({"20261120-190000":{}})"),
                  row("d3", "1795219199123", R"({"odd":{}})")}));
  EXPECT_TRUE(rows(parts, kReports, kReportTypes).empty());
  EXPECT_TRUE(rows(parts, kReportValues, kValueTypes).empty());
  EXPECT_EQ(rows(parts, kAccounting, kAccountingTypes), (Rows{"p'|2026-11-21|accepted'|'|1"}));
}

TEST_F(BlockTest, AQuarantinedValueOfADeviceDoesNotSayWhereItStoodInTheJournal) {
  auto record = report();
  record.kind = DocumentRecord::Kind::kDevice;
  record.installation = record.deletion = "";
  record.admitted.body = R"({"devices":{"d1":{}}})";
  record.admitted.quarantined = {{"devices.*.*.hours", "integer", Problem::kTooLarge, "99", ""}};
  add(CountsRecord{"p", record.received, {}, 0});  // position 1
  add(record);
  EXPECT_EQ(rows(builder_.take(), kQuarantine, kQuarantineTypes),
            (Rows{fmt::format("p'|2026-11-21|2026-11-21T00:00:01Z|0|device'|{}'|'|1795219199123|"
                              "native'|{}'|'|devices.*.*.hours'|integer'|"
                              "too_large'|99'|'|'|0|0",
                              to_hex(record.key), hash_)}));
}

TEST_F(BlockTest, AnEventIsARowWithWhatItAddsToTheFigures) {
  EventsRecord record;
  record.product = "p";
  record.protocol = "segment";
  record.contract = hash_;
  record.received = *parse_rfc3339("2026-11-21T00:00:01.500Z");
  record.dropped = {{"signup: context", "object", Problem::kUndeclared, 2}};
  AdmittedEvent signup;
  signup.name = "signup";
  signup.at = *parse_rfc3339("2026-11-20T23:59:59.123Z");
  signup.source = "team";
  signup.key = RecordKey{1, 2};
  signup.admitted.body = R"({"plan":"free"})";
  signup.admitted.kept_values = 1;
  auto dear = signup;
  dear.key.reset();
  dear.admitted.body = "{}";
  dear.admitted.kept_values = 0;
  dear.admitted.quarantined = {{"price", "integer", Problem::kTooLarge, "99", "/price"}};
  record.events = {signup, dear};
  add(record);
  const auto parts = builder_.take();
  EXPECT_EQ(rows(parts, kEvents),
            (Rows{fmt::format("p'|signup'|2026-11-20|1795219199123|{}|team'|2026-11-21T00:00:01Z|"
                              "segment'|{}|1|0|0|{{\"plan\":\"free\"}}'",
                              to_hex(*signup.key), hash_)}));
  EXPECT_EQ(rows(parts, kDailyBlocks), (Rows{"p'|'|2026-11-20|signup'|'|1|1|[1]|1",
                                             "p'|plans'|2026-11-20|free'|'|1|0|[1]|1"}));
  // What is in quarantine whole is no event; its place in the journal is its name.
  EXPECT_EQ(rows(parts, kQuarantine, kQuarantineTypes),
            (Rows{fmt::format("p'|2026-11-21|2026-11-21T00:00:01Z|1|event'|{}'|signup'|"
                              "1795219199123|segment'|{}'|team'|signup: price'|integer'|too_large'|"
                              "99'|/price'|{{}}'|0|0",
                              "00000000000000000000000100000001", hash_)}));
  EXPECT_EQ(rows(parts, kAccounting, kAccountingTypes),
            (Rows{"p'|2026-11-21|accepted'|'|1", "p'|2026-11-21|quarantined'|'|1"}));
  EXPECT_EQ(rows(parts, kDrops, kDropTypes),
            (Rows{"p'|2026-11-21|signup: context'|object'|undeclared'|2"}));
}

TEST_F(BlockTest, EventsOfAutomationAreCountedApartAndAddToNoFigure) {
  EventsRecord record;
  record.product = "p";
  record.contract = hash_;
  AdmittedEvent signup;
  signup.name = "signup";
  signup.at = *parse_rfc3339("2026-11-20T23:59:59.123Z");
  signup.source = "team";
  signup.admitted.body = R"({"plan":"free"})";
  signup.admitted.kept_values = 1;
  auto automatic = signup;
  automatic.automation = true;
  automatic.admitted.quarantined = {{"price", "integer", Problem::kTooLarge, "99", "/price"}};
  record.events = {signup, automatic, automatic};
  add(record);
  const auto parts = builder_.take();
  EXPECT_EQ(rows(parts, kDailyBlocks),
            (Rows{"p'|'|2026-11-20|signup'|'|1|1|[1]|1", "p'|plans'|2026-11-20|free'|'|1|0|[1]|1",
                  "p'|'|2026-11-20|signup'|automation'|2|2|[1]|1"}));
  const auto events = rows(parts, kEvents);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_NE(events[0].find("|1|0|0|{"), std::string::npos) << events[0];
  EXPECT_NE(events[1].find("|1|0|1|{"), std::string::npos) << events[1];
  const auto held = rows(parts, kQuarantine, kQuarantineTypes);
  ASSERT_EQ(held.size(), 2u);
  EXPECT_TRUE(held[0].ends_with("|0|1")) << held[0];

  ReplayRecord replay;
  replay.product = "p";
  replay.contract = hash_;
  replay.of = ReplayRecord::Of::kEvent;
  replay.event = signup.name;
  replay.at = signup.at;
  replay.automation = true;
  replay.admitted = signup.admitted;
  add(replay);
  EXPECT_NE(rows(builder_.take(), kEvents).at(0).find("|2|1|1|{"), std::string::npos);
}

TEST_F(BlockTest, AnEventThatStandsForAPartOfAReportBringsThatPartsFigures) {
  EventsRecord record;
  record.product = "p";
  record.contract = hash_;
  AdmittedEvent track;
  track.name = "osd_track";
  track.at = *parse_rfc3339("2026-11-20T23:59:59.123Z");
  track.source = "i1";
  track.admitted.body = R"({"cluster":"i1","count":3})";
  track.admitted.kept_values = 2;
  auto of_nobody = track;
  of_nobody.source = "";
  record.events = {track, of_nobody};
  add(record);
  EXPECT_EQ(rows(builder_.take(), kReportValues, kValueTypes),
            (Rows{"p'|0|'|2026-11-20|i1'|0|1795219199123|1|1|'",
                  "p'|0|osds'|2026-11-20|i1'|0|1795219199123|1|3|'"}))
      << "and nothing of the version, which another part has";

  record.events = {track};
  record.events[0].admitted.body = R"({"cluster":"i1"})";
  add(record);
  EXPECT_EQ(rows(builder_.take(), kReportValues, kValueTypes)[1],
            "p'|0|osds'|2026-11-20|i1'|0|1795219199123|0|0|'")
      << "the newest has none";

  ReplayRecord replay;
  replay.product = "p";
  replay.contract = hash_;
  replay.of = ReplayRecord::Of::kEvent;
  replay.event = track.name;
  replay.installation = "i1";
  replay.at = track.at;
  replay.admitted = track.admitted;
  add(replay);
  EXPECT_EQ(rows(builder_.take(), kReportValues, kValueTypes)[1],
            "p'|0|osds'|2026-11-20|i1'|0|1795219199124|1|3|'")
      << "newer than what it takes the place of";
}

TEST_F(BlockTest, CountsBecomeAccounting) {
  add(CountsRecord{"p", report().received, {{"bad_document", 2}, {"invalid_write_key", 1}}, 5});
  EXPECT_EQ(rows(builder_.take(), kAccounting, kAccountingTypes),
            (Rows{"p'|2026-11-21|duplicate'|'|5", "p'|2026-11-21|refused'|bad_document'|2",
                  "p'|2026-11-21|refused'|invalid_write_key'|1"}));
}

TEST_F(BlockTest, AReportUnderAContractThatIsGoneIsStillStored) {
  auto record = report();
  record.contract = std::string(64, '0');
  add(record);
  add(record);
  const auto parts = builder_.take();
  EXPECT_EQ(rows(parts, kReports, kReportTypes).size(), 2u);
  EXPECT_EQ(rows(parts, kReportValues, kValueTypes).size(), 2u);
}

TEST_F(BlockTest, TakingLeavesNothingBehind) {
  add(report());
  builder_.take();
  EXPECT_TRUE(builder_.take().empty());
}

TEST_F(BlockTest, BytesThatAreNoRecordAreAnError) {
  const auto added = builder_.add({{1}, {}, "nothing"});
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().kind, ErrorKind::kBadData);
  EXPECT_TRUE(builder_.take().empty());
}

TEST_F(BlockTest, OfAForgottenInstallationOnlyTheCountsAreLoaded) {
  auto forgotten = *Tombstones::open(archive_.path() / "forgotten");
  ASSERT_TRUE(forgotten->add(deletion_subject("p", "i1", "del"), Instant{}).ok());
  BlockBuilder builder(catalogue_, forgotten.get());
  auto record = report();
  record.admitted.dropped.push_back({"osd.colour", "string", Problem::kUndeclared, 1});
  record.admitted.quarantined.push_back({"osd.size", "integer", Problem::kTooLarge, "99", ""});
  ASSERT_TRUE(builder.add({{1}, {}, encode(record)}).ok());
  auto parts = builder.take();
  EXPECT_EQ(parts.size(), 2u);
  EXPECT_EQ(rows(parts, kDrops, kDropTypes).size(), 1u);
  EXPECT_EQ(rows(parts, kAccounting, kAccountingTypes).size(), 1u);
  record.deletion = "another";
  ASSERT_TRUE(builder.add({{2}, {}, encode(record)}).ok());
  parts = builder.take();
  EXPECT_EQ(rows(parts, kReports, kReportTypes).size(), 1u);
  EXPECT_EQ(rows(parts, kQuarantine, kQuarantineTypes).size(), 1u);
}

}  // namespace
}  // namespace candor
