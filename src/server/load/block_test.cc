#include "server/load/block.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "contract/deletion.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"(
candor = 1
[product]
name = "p"
contact = "c@example.com"
accepts = ["native"]
[[channel]]
name = "basic"
about = "Basics."
owner = "o"
fields = [
  { path = "osd.count", type = "integer", about = "Count." },
  { path = "metadata.osd.version.*", type = "integer", about = "Versions." },
  { path = "devices.*.*.hours", type = "integer", about = "Hours." },
  { path = "customer", type = "string", purpose = "support", lookup = true, about = "Key." },
]
[[channel.event]]
name = "signup"
about = "A signup."
fields = [
  { path = "plan", type = "string", about = "Plan." },
  { path = "price", type = "number", max = 9, about = "Price." },
]
[[channel.event]]
name = "osd_track"
about = "What reports say of OSDs, sent by itself."
installation = "cluster"
report = "osd"
fields = [
  { path = "cluster", type = "string", about = "Cluster." },
  { path = "count", type = "integer", about = "Count." },
]
[[insight]]
name = "plans"
about = "Which plans."
event = "signup"
path = "plan"
aggregate = "popular"
[[insight]]
name = "osds"
about = "OSDs of all."
path = "osd.count"
[[insight]]
name = "version"
about = "By version."
path = "metadata.osd.version"
aggregate = "majority"
)";

// Reads rows back by the types of their columns: b u8, d date, t time, q u64, f double, s text, F
// and S arrays.
std::vector<std::string> rows_of(const RowBinary& rows, std::string_view types) {
  std::string_view rest = rows.bytes();
  const auto take = [&rest]<typename T>(T value) {
    std::memcpy(&value, rest.data(), sizeof value);
    rest.remove_prefix(sizeof value);
    return value;
  };
  const auto take_count = [&rest] {
    std::size_t count = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      count |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return count;
    }
  };
  const auto take_text = [&] {
    const auto length = take_count();
    const std::string text(rest.substr(0, length));
    rest.remove_prefix(length);
    return text;
  };
  std::vector<std::string> result;
  while (!rest.empty()) {
    std::string row;
    for (const char type : types) {
      if (!row.empty()) row += "|";
      switch (type) {
        case 'b':
          row += fmt::format("{}", take(std::uint8_t{}));
          break;
        case 'd':
          row += format_day(take(std::uint16_t{}));
          break;
        case 't':
          row += format_rfc3339(from_unix_millis(std::int64_t{take(std::uint32_t{})} * 1000));
          break;
        case 'q':
          row += fmt::format("{}", take(std::uint64_t{}));
          break;
        case 'f':
          row += fmt::format("{}", take(double{}));
          break;
        case 'S': {  // an array of texts
          std::vector<std::string> values(take_count());
          for (auto& value : values) value = take_text();
          row += fmt::format("[{}]", fmt::join(values, ","));
          break;
        }
        case 'F': {
          std::vector<double> values(take_count());
          for (auto& value : values) value = take(double{});
          row += fmt::format("[{}]", fmt::join(values, ","));
          break;
        }
        default:
          row += take_text() + "'";
          break;
      }
    }
    result.push_back(row);
  }
  return result;
}

class BlockTest : public testing::Test {
 protected:
  BlockTest() {
    auto contract = parse_contract(kContract, "p.toml");
    EXPECT_TRUE(contract.ok()) << contract.error().message;
    hash_ = contract->hash;
    auto catalogue = Catalogue::open(
        {{std::make_shared<const Contract>(*std::move(contract)), {}, false}}, archive_.path());
    catalogue_ = *std::move(catalogue);
  }

  DocumentRecord report() const {
    DocumentRecord record;
    record.product = "p";
    record.protocol = "native";
    record.contract = hash_;
    record.installation = "i1";
    record.deletion = "del";
    record.reported = *parse_rfc3339("2026-11-20T23:59:59.123Z");
    record.received = *parse_rfc3339("2026-11-21T00:00:01.500Z");
    record.admitted.body =
        R"({"osd":{"count":3},"metadata":{"osd":{"version":{"16.2":2,"15.2":1}}}})";
    record.admitted.kept_values = 3;
    return record;
  }

  void add(const Record& record) {
    const auto added = builder_.add({{++position_}, {}, encode(record)});
    EXPECT_TRUE(added.ok()) << added.error().message;
  }
  // The rows of that table, as text; nothing when there is no part for it.
  std::vector<std::string> rows(const std::vector<BlockBuilder::Part>& parts,
                                const BlockTable& table, std::string_view types) {
    for (const auto& part : parts) {
      if (part.table.name == table.name) return rows_of(part.rows, types);
    }
    return {};
  }

  TemporaryFolder archive_;
  Catalogue catalogue_;
  std::string hash_;
  BlockBuilder builder_{catalogue_};
  std::uint64_t position_ = 0;
};

using Rows = std::vector<std::string>;
constexpr std::string_view kReportTypes = "sdbsqtssbss", kValueTypes = "sbsdsbqbfs",
                           kDeviceTypes = "sdsqtss", kQuarantineTypes = "sdtqsssqsssssssssb",
                           kDropTypes = "sdsssq", kAccountingTypes = "sdssq",
                           kCrashTypes = "sbbsssdqsqssss", kLookupTypes = "ssssdq";

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
  EXPECT_EQ(rows(parts, kQuarantine, kQuarantineTypes),
            (Rows{fmt::format("p'|2026-11-21|2026-11-21T00:00:01Z|2|report'|{}'|'|1795219199123|"
                              "native'|{}'|i1'|osd.count'|integer'|too_large'|99'|/osd/count'|'|0",
                              to_hex(record.key), hash_)}));
  EXPECT_EQ(rows(parts, kAccounting, kAccountingTypes),
            (Rows{"p'|2026-11-21|partly_quarantined'|'|1"}));
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
                              "too_large'|99'|'|'|0",
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
  EXPECT_EQ(
      rows(parts, kEvents, "ssdqsstssqsSSSF"),
      (Rows{fmt::format("p'|signup'|2026-11-20|1795219199123|{}'|team'|2026-11-21T00:00:01Z|"
                        "segment'|{}'|1|{{\"plan\":\"free\"}}'|[,plans]|[signup,free]|[,]|[1,0]",
                        to_hex(*signup.key), hash_)}));
  // What is in quarantine whole is no event; its place in the journal is its name.
  EXPECT_EQ(rows(parts, kQuarantine, kQuarantineTypes),
            (Rows{fmt::format("p'|2026-11-21|2026-11-21T00:00:01Z|1|event'|{}'|signup'|"
                              "1795219199123|segment'|{}'|team'|signup: price'|integer'|too_large'|"
                              "99'|/price'|{{}}'|0",
                              "00000000000000000000000100000001", hash_)}));
  EXPECT_EQ(rows(parts, kAccounting, kAccountingTypes),
            (Rows{"p'|2026-11-21|accepted'|'|1", "p'|2026-11-21|quarantined'|'|1"}));
  EXPECT_EQ(rows(parts, kDrops, kDropTypes),
            (Rows{"p'|2026-11-21|signup: context'|object'|undeclared'|2"}));
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
