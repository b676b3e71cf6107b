#include "server/record/record.h"

#include <gtest/gtest.h>

#include <set>

namespace candor {
namespace {

DocumentRecord some_report() {
  DocumentRecord record;
  record.product = "stone";
  record.protocol = "native";
  record.contract = std::string(64, 'c');
  record.key = {0x0123456789abcdef, 0xfedcba9876543210};
  record.installation = "70b28f00-e38f-41b2-a723-aab344f535b9";
  record.deletion = std::string(64, 'd');
  record.reported = from_unix_millis(1'795'247'990'123);
  record.received = from_unix_millis(1'795'248'000'456);
  record.simulated = true;
  record.automation = true;
  record.admitted.body = R"({"osd":{"count":3},"text":"a\nb"})";
  record.admitted.kept_values = 2;
  record.admitted.dropped = {{"osd.colour", "string", Problem::kUndeclared, 7},
                             {"…", "object", Problem::kTooLong, 1'000'000}};
  record.admitted.quarantined = {{"mon.\"é\"", "integer", Problem::kTooSmall, "-1"},
                                 {"s", "string", Problem::kTooLong, ""}};
  return record;
}

void expect_equal(const DocumentRecord& a, const DocumentRecord& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.product, b.product);
  EXPECT_EQ(a.protocol, b.protocol);
  EXPECT_EQ(a.contract, b.contract);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.installation, b.installation);
  EXPECT_EQ(a.deletion, b.deletion);
  EXPECT_EQ(a.reported, b.reported);
  EXPECT_EQ(a.received, b.received);
  EXPECT_EQ(a.simulated, b.simulated);
  EXPECT_EQ(a.automation, b.automation);
  EXPECT_EQ(a.admitted.body, b.admitted.body);
  EXPECT_EQ(a.admitted.kept_values, b.admitted.kept_values);
  EXPECT_EQ(a.admitted.outcome(), b.admitted.outcome());
  ASSERT_EQ(a.admitted.dropped.size(), b.admitted.dropped.size());
  for (std::size_t i = 0; i < a.admitted.dropped.size(); ++i) {
    EXPECT_EQ(a.admitted.dropped[i].path, b.admitted.dropped[i].path);
    EXPECT_EQ(a.admitted.dropped[i].type, b.admitted.dropped[i].type);
    EXPECT_EQ(a.admitted.dropped[i].problem, b.admitted.dropped[i].problem);
    EXPECT_EQ(a.admitted.dropped[i].count, b.admitted.dropped[i].count);
  }
  ASSERT_EQ(a.admitted.quarantined.size(), b.admitted.quarantined.size());
  for (std::size_t i = 0; i < a.admitted.quarantined.size(); ++i) {
    EXPECT_EQ(a.admitted.quarantined[i].path, b.admitted.quarantined[i].path);
    EXPECT_EQ(a.admitted.quarantined[i].type, b.admitted.quarantined[i].type);
    EXPECT_EQ(a.admitted.quarantined[i].problem, b.admitted.quarantined[i].problem);
    EXPECT_EQ(a.admitted.quarantined[i].value, b.admitted.quarantined[i].value);
  }
}

std::string complaint(std::string_view bytes) {
  const auto record = decode_record(bytes);
  return record.ok() ? "read" : record.error().message;
}

TEST(Record, AReportComesBackAsItWas) {
  const auto bytes = encode(some_report());
  const auto record = decode_record(bytes);
  ASSERT_TRUE(record.ok()) << record.error().message;
  expect_equal(std::get<DocumentRecord>(*record), some_report());
  EXPECT_EQ(encode(*record), bytes);
}

TEST(Record, ADeviceReportHasNoInstallation) {
  auto device = some_report();
  device.kind = DocumentRecord::Kind::kDevice;
  device.installation.clear();
  device.deletion.clear();
  device.simulated = device.automation = false;
  device.admitted.dropped.clear();
  device.admitted.quarantined.clear();
  const auto bytes = encode(device);
  EXPECT_EQ(bytes.find("installation"), std::string::npos);
  const auto record = decode_record(bytes);
  ASSERT_TRUE(record.ok());
  expect_equal(std::get<DocumentRecord>(*record), device);
}

TEST(Record, EveryProblemHasANameThatIsReadBack) {
  auto report = some_report();
  report.admitted.dropped.clear();
  for (int i = 0; i <= static_cast<int>(Problem::kDuplicateKey); ++i) {
    report.admitted.dropped.push_back({"p", "string", static_cast<Problem>(i), 1});
  }
  const auto record = decode_record(encode(report));
  ASSERT_TRUE(record.ok());
  expect_equal(std::get<DocumentRecord>(*record), report);
}

TEST(Record, CountsComeBackAsTheyWere) {
  const CountsRecord counts{
      "mesh", from_unix_millis(123), {{"bad_document", 3}, {"invalid_write_key", 1}}, 9};
  const auto bytes = encode(counts);
  EXPECT_EQ(bytes,
            "{\"v\":1,\"kind\":\"counts\",\"product\":\"mesh\",\"received\":123,\"refused\":{\"bad_"
            "document\":3,\"invalid_write_key\":1},\"duplicates\":9}\n");
  const auto record = decode_record(bytes);
  ASSERT_TRUE(record.ok());
  const auto& read = std::get<CountsRecord>(*record);
  EXPECT_EQ(read.product, "mesh");
  EXPECT_EQ(read.received, counts.received);
  EXPECT_EQ(read.refused, counts.refused);
  EXPECT_EQ(read.duplicates, 9u);
}

TEST(Record, TheHeaderIsOneLineAndTheBodyFollowsUntouched) {
  const auto bytes = encode(some_report());
  const auto line = bytes.find('\n');
  EXPECT_TRUE(bytes.starts_with(R"({"v":1,"kind":"report","product":"stone",)"));
  EXPECT_EQ(bytes.substr(line + 1), some_report().admitted.body);
}

TEST(Record, OtherBytesAreRefusedWithTheReason) {
  const auto good = encode(some_report());
  EXPECT_NE(complaint("").find("no header line"), std::string::npos);
  EXPECT_NE(complaint("{}").find("no header line"), std::string::npos);
  EXPECT_NE(complaint("nothing\n{}").find("header is no JSON"), std::string::npos);
  EXPECT_NE(complaint("[]\n{}").find("version"), std::string::npos);
  EXPECT_NE(complaint("{\"v\":2,\"kind\":\"report\"}\n{}").find("version is another one"),
            std::string::npos);
  EXPECT_NE(complaint("{\"v\":1,\"kind\":\"event\"}\n{}").find("kind is unknown"),
            std::string::npos);
  EXPECT_NE(complaint("{\"v\":1,\"kind\":\"report\"}\n{}").find("key is no key"),
            std::string::npos);
  for (const auto* rows : {"3", "{}", "[3]", "[[]]", "[[\"p\",\"string\",\"undeclared\",-1]]",
                           "[[\"p\",\"string\",\"why\",1]]", "[[\"p\",\"string\",\"undeclared\"]]",
                           "[[1,\"string\",\"undeclared\",1]]", "[null]", "{\"a\":1}"}) {
    auto bytes = good;
    const auto at = bytes.find("\"dropped\":") + 10;
    bytes.replace(at, bytes.find("]]", at) + 2 - at, rows);
    EXPECT_NE(complaint(bytes).find("`dropped` is damaged"), std::string::npos) << rows;
  }
  for (const auto* refused : {"3", "[1]", "{\"r\":-1}", "{\"r\":\"1\"}"}) {
    EXPECT_NE(complaint(std::string("{\"v\":1,\"kind\":\"counts\",\"refused\":") + refused + "}\n")
                  .find("`refused` is damaged"),
              std::string::npos)
        << refused;
  }
}

TEST(RecordKey, DependsOnEveryPartAndTheirBorders) {
  using Parts = std::vector<std::string_view>;
  std::set<std::string> keys;
  for (const auto& parts : {Parts{}, Parts{""}, Parts{"a"}, Parts{"a", ""}, Parts{"", "a"},
                            Parts{"a", "b"}, Parts{"ab"}, Parts{"b", "a"}}) {
    const auto hex = to_hex(make_record_key(parts));
    EXPECT_EQ(hex.size(), 32u);
    EXPECT_TRUE(keys.insert(hex).second) << hex;
  }
  EXPECT_EQ(make_record_key(Parts{"a"}), make_record_key(Parts{"a"}));
}

EventsRecord some_events() {
  EventsRecord record;
  record.product = "dcos";
  record.protocol = "segment";
  record.contract = std::string(64, 'c');
  record.received = from_unix_millis(1'795'248'000'456);
  record.dropped = {{"page: context.library", "object", Problem::kUndeclared, 2}};
  AdmittedEvent page;
  page.name = "page \"one\"\n";
  page.at = from_unix_millis(1'795'247'990'123);
  page.source = "browser-1";
  page.key = RecordKey{1, 2};
  page.admitted.body = R"({"properties":{"path":"/a"}})";
  page.admitted.kept_values = 1;
  page.admitted.quarantined = {{"n", "integer", Problem::kTooLarge, "99", "/n"}};
  AdmittedEvent nameless;
  nameless.admitted.body = "{}";
  nameless.automation = true;
  record.events = {page, nameless};
  return record;
}

TEST(Record, EventsComeBackAsTheyWere) {
  const auto decoded = decode_record(encode(some_events()));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  const auto& record = std::get<EventsRecord>(*decoded);
  EXPECT_EQ(record.product, "dcos");
  EXPECT_EQ(record.protocol, "segment");
  EXPECT_EQ(record.received, some_events().received);
  ASSERT_EQ(record.dropped.size(), 1u);
  EXPECT_EQ(record.dropped[0].path, "page: context.library");
  ASSERT_EQ(record.events.size(), 2u);
  const auto& page = record.events[0];
  EXPECT_EQ(page.name, "page \"one\"\n");
  EXPECT_EQ(page.at, some_events().events[0].at);
  EXPECT_EQ(page.source, "browser-1");
  EXPECT_EQ(page.key, (RecordKey{1, 2}));
  EXPECT_EQ(page.admitted.body, R"({"properties":{"path":"/a"}})");
  EXPECT_EQ(page.admitted.outcome(), Outcome::kPartlyQuarantined);
  EXPECT_EQ(page.admitted.quarantined[0].place, "/n");
  EXPECT_FALSE(page.automation);
  EXPECT_TRUE(record.events[1].automation);
  EXPECT_FALSE(record.events[1].key);
  EXPECT_EQ(record.events[1].admitted.body, "{}");
}

TEST(Record, EventsThatAreCutAreNoRecord) {
  const auto whole = encode(some_events());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(decode_record(std::string_view(whole).substr(0, length)).ok()) << length;
  EXPECT_FALSE(decode_record(whole + "x").ok());
}

TEST(Record, EventsAreReadWhereTheyLie) {
  const auto bytes = encode(some_events());
  ASSERT_TRUE(is_events_record(bytes));
  EXPECT_FALSE(is_events_record(encode(some_report())));
  const auto view = view_events(bytes);
  ASSERT_TRUE(view.ok()) << view.error().message;
  ASSERT_EQ(view->events.size(), 2u);
  const auto body = view->events[0].body;
  EXPECT_EQ(body, R"({"properties":{"path":"/a"}})");
  EXPECT_TRUE(body.data() > bytes.data() && body.data() < bytes.data() + bytes.size());
  EXPECT_EQ(view->events[0].outcome(), Outcome::kPartlyQuarantined);
  EXPECT_FALSE(view->events[0].automation);
  EXPECT_TRUE(view->events[1].automation);
}

TEST(Record, EventsOfANewerVersionAreNotRead) {
  auto bytes = encode(some_events());
  bytes[1] = 2;
  EXPECT_EQ(complaint(bytes),
            "This is no record of this version of Candor: its version is another one.");
}

TEST(Record, WhatEventsDroppedIsAddedUpByEventAndPath) {
  EventsRecord record;
  for (const auto* name : {"a", "b", "a"}) {
    auto& event = record.events.emplace_back();
    event.name = name;
    event.admitted.dropped = {{"p", "string", Problem::kUndeclared, 2}};
  }
  sum_dropped(record);
  ASSERT_EQ(record.dropped.size(), 2u);
  EXPECT_EQ(record.dropped[0].path, "a: p");
  EXPECT_EQ(record.dropped[0].count, 4u);
  EXPECT_EQ(record.dropped[1].path, "b: p");
  EXPECT_EQ(record.dropped[1].count, 2u);
}

}  // namespace
}  // namespace candor
