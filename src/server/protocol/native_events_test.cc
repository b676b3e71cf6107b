#include "server/protocol/native_events.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "contract/receipt.h"
#include "server/protocol/limits.h"
#include "server/protocol/protocol_fixture.h"
#include "wire/compression.h"

namespace candor {
namespace {

class NativeEventsTest : public ProtocolTest {
 protected:
  std::string hash() { return catalogue_.find("open")->current->hash; }
  std::string file(std::string_view events, std::string_view kind = "events") {
    return fmt::format(
        R"({{"candor":{{"format":1,"kind":"{}","product":"open","contract":"{}"}},"events":{}}})",
        kind, hash(), events);
  }
  EventsOrRefusal read(std::string body, std::vector<HttpHeader> headers = {},
                       std::string_view prefix = "") {
    HttpRequest request;
    request.body = std::move(body);
    request.headers = std::move(headers);
    return native_event_routes()[0].read(IncomingRequest{request, prefix, received_}, "/v1/events",
                                         catalogue_);
  }
  EventBatch batch(std::string body, std::vector<HttpHeader> headers = {}) {
    auto made = read(std::move(body), std::move(headers));
    if (const auto* refusal = std::get_if<Refusal>(&made)) {
      ADD_FAILURE() << refusal->message;
      return {};
    }
    return std::get<EventBatch>(std::move(made));
  }
  std::string why_not(const EventsOrRefusal& made) {
    const auto* refusal = std::get_if<Refusal>(&made);
    return refusal == nullptr ? "taken" : fmt::format("{} {}", refusal->status, refusal->reason);
  }
};

TEST_F(NativeEventsTest, EachEventIsASubmission) {
  const auto body = file(
      R"([{"id":"i1","name":"rating","at":"2026-11-21T07:00:00Z","source":"v1","document":{"a":1,"b":{"c":"ü\n"}}},{"id":"i2","name":"pageview","automation":true}])");
  const auto made = batch(zstd(body), {{"Content-Encoding", "zstd"}});
  EXPECT_EQ(made.protocol, "native");
  EXPECT_EQ(made.product->name(), "open");
  EXPECT_EQ(made.contract->hash, hash());
  EXPECT_EQ(made.body_sha256, sha256_hex(body));
  ASSERT_EQ(made.events.size(), 2u);
  EXPECT_EQ(made.events[0].name, "rating");
  EXPECT_EQ(made.events[0].message_id, "i1");
  EXPECT_EQ(made.events[0].source, "v1");
  EXPECT_EQ(made.events[0].at, *parse_rfc3339("2026-11-21T07:00:00Z"));
  EXPECT_EQ(made.events[0].document, R"({"a":1,"b":{"c":"ü\n"}})");
  EXPECT_FALSE(made.events[0].automation);
  EXPECT_TRUE(made.events[1].automation);
  EXPECT_EQ(made.events[1].source, "");
  EXPECT_FALSE(made.events[1].at);
  EXPECT_EQ(made.events[1].document, "");
}

TEST_F(NativeEventsTest, OneBadEventCostsThatEventOnly) {
  const std::string long_id(kMaxNativeEventIdBytes + 1, 'x');
  for (const auto& bad :
       {std::string("1"), std::string("null"), std::string("[]"), std::string("{}"),
        std::string(R"({"id":"a"})"), std::string(R"({"name":"a"})"),
        std::string(R"({"id":"a","name":""})"), std::string(R"({"id":1,"name":"a"})"),
        std::string(R"({"id":"a","name":"b","at":"yesterday"})"),
        std::string(R"({"id":"a","name":"b","source":1})"),
        std::string(R"({"id":"a","name":"b","automation":1})"),
        std::string(R"({"id":"a","name":"b","document":[]})"),
        fmt::format(R"({{"id":"{}","name":"b"}})", long_id)}) {
    const auto made =
        batch(file(R"([{"id":"1","name":"n"},)" + bad + R"(,{"id":"2","name":"n"}])"));
    EXPECT_EQ(made.events.size(), 2u) << bad;
    EXPECT_EQ(made.refused, (std::map<std::string, std::uint64_t>{{"bad_event", 1}})) << bad;
  }
}

TEST_F(NativeEventsTest, TheEventsBeyondTheLimitAreRefused) {
  std::string events = "[";
  for (std::size_t i = 0; i < kMaxNativeEvents + 2; ++i)
    events += fmt::format("{}{{\"id\":\"{}\",\"name\":\"n\"}}", i == 0 ? "" : ",", i);
  const auto made = batch(file(events + "]"));
  EXPECT_EQ(made.events.size(), kMaxNativeEvents);
  EXPECT_EQ(made.refused.at("too_many"), 2u);
}

TEST_F(NativeEventsTest, WhatIsNoFileOfEventsIsRefused) {
  for (const auto* body :
       {"", "[]", "{}", R"({"candor":{"format":1,"kind":"events"},"events":[]})",
        R"({"candor":{"format":2,"kind":"events","product":"open"},"events":[]})"})
    EXPECT_EQ(why_not(read(body)), "400 bad_document") << body;
  EXPECT_EQ(why_not(read(file("[]", "device"))), "400 bad_document");
  EXPECT_EQ(why_not(read(file("{}"))), "400 bad_document");
  auto unknown = file("[]");
  unknown.replace(unknown.find(hash()), 64, std::string(64, 'a'));
  EXPECT_EQ(why_not(read(unknown)), "409 unknown_contract");
  EXPECT_EQ(why_not(read(file("[]"), {}, "locked")), "400 other_product");
  EXPECT_EQ(why_not(read(file("[]"), {{"Idempotency-Key", std::string(64, 'b')}})), "400 damaged");
  EXPECT_EQ(why_not(read(file("[]"))), "taken");
}

TEST_F(NativeEventsTest, TheAnswerCountsAndHasAReceipt) {
  const auto key = SigningKey::generate();
  const auto body = file("[]");
  const auto answer = [&](const EventCounts& counts) {
    return *parse_json(native_events_answer(sha256_hex(body), hash(), counts, received_, key).body);
  };
  const auto all = answer({2, 0, 1, 0});
  EXPECT_EQ(string_member(all, "status"), "accepted");
  EXPECT_TRUE(
      verify_receipt_of(*receipt_of(all), body, string_member(all.at("receipt"), "key")).ok());
  EXPECT_EQ(integer_member(all.at("events"), "duplicates"), 1);
  EXPECT_EQ(string_member(answer({1, 1, 0, 0}), "status"), "partly_quarantined");
  EXPECT_EQ(string_member(answer({1, 0, 0, 1}), "status"), "partly_quarantined");
  EXPECT_EQ(string_member(answer({0, 1, 1, 0}), "status"), "quarantined");
  EXPECT_EQ(string_member(answer({0, 0, 3, 0}), "status"), "duplicate");
}

}  // namespace
}  // namespace candor
