#include "base/sip_hash.h"
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

TEST_F(BlockTest, AnEventThatTellsOfHealthIsARowOfRuns) {
  EventsRecord record;
  record.product = "p";
  record.contract = hash_;
  record.received = *parse_rfc3339("2026-11-21T00:00:01.500Z");
  const auto add_event = [&](std::string name, std::string body, bool automation = false) {
    AdmittedEvent event;
    event.key = RecordKey{1, record.events.size()};
    event.name = std::move(name);
    event.at = *parse_rfc3339("2026-11-20T23:59:59.123Z");
    event.source = "i1";
    event.admitted.kept_values = 1;
    event.admitted.body = std::move(body);
    event.automation = automation;
    record.events.push_back(std::move(event));
  };
  add_event("called", R"({"plugin":"tap","release":"1.2","how":"started","number":"r1"})");
  add_event("called", R"({"plugin":"tap","how":"failed","number":"r1","ms":12,"ci":true})", true);
  add_event("called", R"({"plugin":"tap","how":"inflight","number":"r1"})");
  add_event("signup", R"({"price":1})");
  add_event("called", R"({"plugin":"other","how":"lost"})");
  add(record);
  const auto run = sip_hash("r1");
  const auto parts = builder_.take();
  const auto found = rows(parts, kRuns, "ssssdqqbqbsq");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0], fmt::format("p'|called'|tap'|1.2'|2026-11-20|1795219199123|{}|0|{}|0|i1'|1",
                                  run, ~std::uint64_t{0}));
  EXPECT_EQ(found[1],
            fmt::format("p'|called'|tap'|'|2026-11-20|1795219199123|{}|2|12|1|i1'|1", run));
  EXPECT_NE(found[2].find("p'|called'|other'|'|2026-11-20"), std::string::npos);
  EXPECT_NE(found[2].find("|4|"), std::string::npos);
  EXPECT_EQ(rows(builder_.take(), kRuns, "ssssdqqbqbsq"), Rows{});
}

}  // namespace
}  // namespace candor
