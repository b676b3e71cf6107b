#include "agent/send/segment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"

namespace candor {
namespace {

using ::testing::HasSubstr;

const Instant kNow = *parse_rfc3339("2026-11-21T08:00:00Z");

Json sample() {
  return *parse_json(
      *read_file(CANDOR_TEST_SOURCE_DIR "/src/agent/collect/testdata/dcos/sample.json"));
}

std::string report_of(const Json& members) {
  Json report = {{"candor",
                  {{"format", 1},
                   {"installation", "70b28f00-e38f-41b2-a723-aab344f535b9"},
                   {"sealed_at", "2026-11-21T07:00:00Z"},
                   {"automation", false}}}};
  for (const auto& [key, value] : members.items()) report[key] = value;
  return to_pretty(report);
}

TEST(Segment, TheThreeTracksOfTheSampleBecomeOneBatch) {
  const auto body = segment_batch(report_of(sample()), std::string(64, 'a'), kNow);
  ASSERT_TRUE(body.ok());
  const auto json = *parse_json(*body);
  EXPECT_EQ(json["sentAt"], "2026-11-21T08:00:00Z");
  EXPECT_EQ(json["context"]["library"]["name"], "candor");
  ASSERT_EQ(json["batch"].size(), 3u);
  std::size_t i = 0;
  const auto tracks = sample();
  for (const auto& [name, track] : tracks.items()) {
    const auto& message = json["batch"][i++];
    EXPECT_EQ(message["type"], "track");
    EXPECT_EQ(message["event"], track["event"]);
    EXPECT_EQ(message["anonymousId"], track["anonymousId"]);
    EXPECT_EQ(message["properties"], track["properties"]);
    EXPECT_EQ(message["timestamp"], "2026-11-21T07:00:00Z");
    EXPECT_EQ(message["messageId"], std::string(64, 'a') + "-" + name);
    EXPECT_FALSE(message.contains("userId")) << "the sample's customer key is empty";
  }
}

TEST(Segment, TheSameReportHasTheSameMessagesWheneverItIsSent) {
  const auto report = report_of(sample());
  auto first = *parse_json(*segment_batch(report, "aa", kNow));
  auto later = *parse_json(*segment_batch(report, "aa", kNow + std::chrono::hours(5)));
  EXPECT_EQ(first["batch"], later["batch"]);
  EXPECT_NE(first["sentAt"], later["sentAt"]);
}

TEST(Segment, ACustomerIsTheUser) {
  auto members = sample();
  members["mesos"]["properties"]["customerKey"] = "K1";
  const auto json = *parse_json(*segment_batch(report_of(members), "aa", kNow));
  EXPECT_FALSE(json["batch"][0].contains("userId"));
  EXPECT_EQ(json["batch"][2]["userId"], "K1");
}

TEST(Segment, WhatIsNoTrackIsNotSent) {
  auto members = sample();
  members["contact"] = "canary";
  members["other"] = {{"event", "x"}};
  members.erase("cosmos");
  const auto body = *segment_batch(report_of(members), "aa", kNow);
  EXPECT_EQ((*parse_json(body))["batch"].size(), 2u);
  EXPECT_THAT(body, ::testing::Not(HasSubstr("canary")));
  EXPECT_EQ(segment_batch(report_of(Json::object()), "aa", kNow).error().kind, ErrorKind::kBadData);
}

TEST(Segment, ATrackThatIsTooLargeIsRefused) {
  auto members = sample();
  for (int i = 0; i < 2000; ++i)
    members["diagnostics"]["properties"]["health-unit-" + std::to_string(i) + "-total"] = i;
  const auto body = segment_batch(report_of(members), "aa", kNow);
  EXPECT_EQ(body.error().kind, ErrorKind::kBadData);
  EXPECT_THAT(body.error().message, HasSubstr("The track diagnostics is "));
}

TEST(Segment, AnAutomatedRunIsMarked) {
  auto report = *parse_json(report_of(sample()));
  report["candor"]["automation"] = true;
  EXPECT_EQ((*parse_json(*segment_batch(to_pretty(report), "aa", kNow)))["context"]["automation"],
            true);
}

TEST(Segment, OnlyContractsWithTracksHaveThem) {
  const auto read = [](std::string_view name) {
    return *read_contract(Path(CANDOR_TEST_SOURCE_DIR "/contracts") / name);
  };
  EXPECT_TRUE(has_tracks(read("dcos.toml")));
  EXPECT_FALSE(has_tracks(read("mesh.toml")));
  EXPECT_FALSE(has_tracks(read("stone.toml")));
}

}  // namespace
}  // namespace candor
