#include "server/load/block_fixture.h"

namespace candor {
namespace {

using Rows = std::vector<std::string>;

TEST_F(BlockTest, ACrashOfAReplayedReportTakesThePlaceOfTheOneBefore) {
  auto record = report();
  record.admitted.body = R"({"crashes":[{"crash_id":"c1","process_name":"osd"}]})";
  add(record);
  const auto row = [](std::uint64_t version, std::string_view program) {
    return fmt::format("p'|0|0|i1'|del'|c1'|2026-11-20|{}|'|1795219199123|{}'|'|'|'", version,
                       program);
  };
  EXPECT_EQ(rows(builder_.take(), kCrashes, kCrashTypes), Rows{row(1795219199123, "osd")});

  ReplayRecord replay;
  replay.product = record.product;
  replay.contract = hash_;
  replay.of = ReplayRecord::Of::kReport;
  replay.installation = record.installation;
  replay.deletion = record.deletion;
  replay.at = record.reported;
  replay.admitted.body = R"({"crashes":[{"crash_id":"c1","process_name":"ceph-osd"}]})";
  add(replay);
  EXPECT_EQ(rows(builder_.take(), kCrashes, kCrashTypes), Rows{row(1795219199124, "ceph-osd")});
  replay.turn = 1;
  add(replay);
  EXPECT_EQ(rows(builder_.take(), kCrashes, kCrashTypes), Rows{row(1795219199125, "ceph-osd")});
}

TEST_F(BlockTest, SupportFindsInstallationsButNoSimulatedOnes) {
  auto record = report();
  record.admitted.body = R"({"customer":"key"})";
  add(record);
  EXPECT_EQ(rows(builder_.take(), kLookups, kLookupTypes),
            Rows{"p'|key'|i1'|del'|2026-11-20|1795219199123"});
  record.simulated = true;
  add(record);
  EXPECT_EQ(rows(builder_.take(), kLookups, kLookupTypes), Rows{});
}

}  // namespace
}  // namespace candor
