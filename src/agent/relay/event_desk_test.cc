#include "agent/relay/event_desk.h"

#include <chrono>
#include <thread>

#include "agent/relay/limits.h"
#include "agent/relay/relay_fixture.h"
#include "wire/compression.h"

namespace candor {
namespace {

class EventDeskTest : public RelayTest {
 protected:
  HttpResponse post(std::string body, std::vector<HttpHeader> headers = {}) {
    HttpRequest request;
    request.method = "POST";
    request.path = "/api/event";
    request.peer = "192.0.2.1";
    request.headers = std::move(headers);
    request.headers.push_back({"User-Agent", "Browser/1"});
    request.body = std::move(body);
    return desk_.answer(request);
  }
  int status_of(std::string method, std::string path) {
    HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    return desk_.answer(request).status;
  }
  static std::string dropped(const HttpResponse& response) {
    for (const auto& header : response.headers) {
      if (header.name == "x-plausible-dropped") return header.value;
    }
    return "";
  }
  RelayCounts counts() {
    EXPECT_TRUE(books_.write().ok());
    return read_relay_counts(relay_).value_or(RelayCounts());
  }

  Visitors visitors_;
  RelayBooks books_{relay_, now_};
  EventDesk desk_{visitors_, books_, clock_};
  const std::string view_ = R"({"n":"pageview","u":"https://a.example/x?secret=1","d":"a"})";
};

TEST_F(EventDeskTest, WithoutALeaveNothingIsLookedAtOrKept) {
  const auto answer = post("rubbish");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "ok");
  EXPECT_EQ(dropped(answer), "1");
  EXPECT_TRUE(desk_.take().events.empty());
  EXPECT_EQ(counts().dropped.at("off"), 1u);
}

TEST_F(EventDeskTest, WhatMayLeaveWaitsWithoutTheRest) {
  desk_.allow(leave());
  EXPECT_EQ(dropped(post(view_)), "");
  EXPECT_EQ(dropped(post(gzip(view_), {{"Content-Encoding", "gzip"}})), "");
  const auto harvest = desk_.take();
  ASSERT_EQ(harvest.events.size(), 2u);
  const auto sealed = seal_events(harvest.events, *contract_, "c", now_);
  for (const auto* gone : {"192.0.2.1", "Browser", "secret", "a.example"})
    EXPECT_EQ(sealed.bytes().find(gone), std::string::npos) << gone;
  EXPECT_NE(sealed.bytes().find("\"source\""), std::string::npos);
  EXPECT_TRUE(desk_.take().events.empty());
}

TEST_F(EventDeskTest, AHeaderThatABrowserCanWriteIsNoAddress) {
  Visitors behind_proxy({"192.0.2.1"});
  EventDesk desk(behind_proxy, books_, clock_);
  desk.allow(leave());
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/event";
  request.peer = "192.0.2.1";
  request.body = view_;
  const auto source = [&](std::string_view name, std::string from) {
    request.headers = {{"User-Agent", "Browser/1"}, {"X-Forwarded-For", "198.51.100.1"}};
    request.headers.push_back({std::string(name), std::move(from)});
    EXPECT_EQ(desk.answer(request).status, 202);
    const auto sealed = seal_events(desk.take().events, *contract_, "c", now_);
    return string_member(parse_json(sealed.bytes())->at("events").at(0), "source");
  };
  const auto true_one = source("Accept", "*/*");
  EXPECT_NE(true_one, "");
  for (const auto* name : {"X-Plausible-IP", "CF-Connecting-IP", "B-Forwarded-For", "Forwarded"})
    EXPECT_EQ(source(name, "203.0.113.9"), true_one) << name;
  request.headers = {{"User-Agent", "Browser/1"}, {"X-Forwarded-For", "203.0.113.9"}};
  EXPECT_EQ(desk.answer(request).status, 202);
  const auto sealed = seal_events(desk.take().events, *contract_, "c", now_);
  EXPECT_NE(string_member(parse_json(sealed.bytes())->at("events").at(0), "source"), true_one);
}

TEST_F(EventDeskTest, WhatIsDroppedIsCountedByReason) {
  desk_.allow(leave({"usage"}));
  EXPECT_EQ(dropped(post(R"({"n":"unheard","u":"https://a/x"})")), "1");
  EXPECT_EQ(dropped(post(R"({"n":"rating","u":"https://a/x"})")), "1");
  EXPECT_EQ(post("rubbish").status, 400);
  EXPECT_EQ(post("x", {{"Content-Encoding", "gzip"}}).status, 400);
  EXPECT_EQ(post("x", {{"Content-Encoding", "br"}}).status, 415);
  EXPECT_EQ(dropped(post(R"({"n":"pageview","u":"https://a/0123456789012345678901","d":"a,b"})")),
            "");
  const auto seen = counts();
  EXPECT_EQ(seen.received, 7u);
  EXPECT_EQ(seen.dropped, (std::map<std::string, std::uint64_t>{
                              {"undeclared", 1}, {"channel_off", 1}, {"bad_event", 3}}));
  EXPECT_EQ(seen.left_out.at("out_of_bounds"), 2u);
  EXPECT_EQ(seen.waiting(), 2u);
}

TEST_F(EventDeskTest, AFullMemoryTakesNoMore) {
  desk_.allow(leave());
  for (std::size_t i = 0; i < kMaxWaitingEvents; ++i) ASSERT_EQ(dropped(post(view_)), "") << i;
  EXPECT_EQ(dropped(post(view_)), "1");
  EXPECT_EQ(counts().dropped.at("too_busy"), 1u);
  EXPECT_EQ(desk_.take().events.size(), kMaxEventsInFile);
}

TEST_F(EventDeskTest, AnotherDecisionDropsWhatWaits) {
  desk_.allow(leave());
  post(view_);
  desk_.allow(leave());  // the same decision
  EXPECT_EQ(counts().waiting(), 1u);
  stands_ = false;
  desk_.allow(leave());
  EXPECT_TRUE(desk_.take().events.empty());
  EXPECT_EQ(counts().dropped.at("off"), 1u);
  stands_ = true;
  post(view_);
  desk_.allow(nullptr);
  EXPECT_TRUE(desk_.take().events.empty());
  EXPECT_EQ(counts().dropped.at("off"), 2u);
}

TEST_F(EventDeskTest, AChannelSwitchedOffDropsWhatWaitsOfItAndNothingElse) {
  desk_.allow(leave());
  post(view_);
  post(R"({"n":"rating","u":"https://a.example/","d":"a.example","p":{"stars":5}})");
  desk_.allow(leave({"ratings"}));
  const auto taken = desk_.take().events;
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].channel(), "ratings");
  EXPECT_EQ(counts().dropped.at("channel_off"), 1u);
  EXPECT_FALSE(counts().dropped.contains("off"));
}

TEST_F(EventDeskTest, WhatPassedAnotherContractIsNoPartOfItsFile) {
  desk_.allow(leave());
  post(view_);
  const auto newer = contract(std::string(kWebContract) + "# changed\n");
  EventTerms other{newer, ConsentedFields::all_of(*newer), {"usage", "ratings"}, "key"};
  desk_.allow(std::make_shared<const EventLeave>(
      EventLeave{std::make_shared<EventSieve>(std::move(other), now_), [] { return true; }}));
  EXPECT_TRUE(desk_.take().events.empty());
  EXPECT_EQ(counts().dropped.at("off"), 1u);
}

TEST_F(EventDeskTest, WaitingEndsWithAWholeFileAnOldEventOrAStop) {
  desk_.allow(leave());
  const auto long_ = [] { return Millis(3'600'000); };
  std::jthread waits([&](const std::stop_token& stop) {
    while (!stop.stop_requested() && !desk_.wait(stop, long_)) continue;
    EXPECT_EQ(desk_.take().events.size(), kMaxEventsInFile);
  });
  for (std::size_t i = 0; i < kMaxEventsInFile; ++i) post(view_);
  waits.join();
  post(view_);
  const std::stop_source never;
  EXPECT_TRUE(desk_.wait(never.get_token(), [] { return Millis(0); }));
  EXPECT_EQ(desk_.take().events.size(), 1u);
  post(view_);
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_TRUE(desk_.wait(stopped.get_token(), long_));
  EXPECT_EQ(desk_.take().events.size(), 1u);
}

TEST_F(EventDeskTest, OtherAddressesAndMethods) {
  EXPECT_EQ(status_of("GET", "/"), 404);
  EXPECT_EQ(status_of("GET", "/js/other.js"), 404);
  EXPECT_EQ(status_of("POST", "/js/script.js"), 405);
  EXPECT_EQ(status_of("GET", "/api/event"), 405);
  EXPECT_EQ(status_of("OPTIONS", "/api/event"), 204);
  EXPECT_EQ(EventDesk::body_limit("POST", "/js/script.js"), 0u);
}

}  // namespace
}  // namespace candor
