#include "agent/programs/seen.h"

#include <gtest/gtest.h>

#include "agent/programs/limits.h"

namespace candor {
namespace {

const Instant kNow = *parse_rfc3339("2026-11-22T16:00:00Z");

Sighting sighting(std::string name, std::string version, std::string state, Instant at = kNow) {
  return {"plugin", std::move(name), std::move(version), at, std::move(state)};
}

class SeenTest : public ::testing::Test {
 protected:
  std::string file() const { return *state_.read("library/seen.json"); }
  void write(std::string_view text) {
    ASSERT_TRUE(state_.make("library").ok());
    ASSERT_TRUE(state_.write("library/seen.json", text).ok());
  }
  TemporaryFolder folder_;
  StateFolder state_{folder_.path()};
};

TEST_F(SeenTest, RunsOfAVersionAreCounted) {
  const std::vector<Sighting> first = {sighting("tap-x", "1", "started"),
                                       sighting("tap-x", "1", "completed"),
                                       sighting("tap-x", "1", "lost")};
  ASSERT_TRUE(add_seen(state_, first).ok());
  const std::vector<Sighting> second = {
      sighting("tap-x", "1", "failed", kNow + std::chrono::hours(1)),
      sighting("tap-x", "1", "aborted"), sighting("tap-x", "2", "")};
  ASSERT_TRUE(add_seen(state_, second).ok());
  const auto seen = read_seen(state_);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].version, "1");
  EXPECT_EQ(seen[0].runs, 4u);
  EXPECT_EQ(seen[0].failed, 2u);
  EXPECT_EQ(seen[0].last, kNow + std::chrono::hours(1));
  EXPECT_EQ(seen[1].runs, 1u);
  EXPECT_EQ(seen[1].failed, 0u);
}

TEST_F(SeenTest, TheFileIsAsItsPageSays) {
  const std::vector<Sighting> now = {sighting("tap-x", "1.2.3", "failed")};
  ASSERT_TRUE(add_seen(state_, now).ok());
  EXPECT_EQ(to_line(*parse_json(file())),
            R"({"format":1,"seen":[{"event":"plugin","name":"tap-x","version":"1.2.3",)"
            R"("last":"2026-11-22T16:00:00Z","runs":1,"failed":1}]})");
}

TEST_F(SeenTest, TheNewestStay) {
  std::vector<Sighting> now;
  for (std::size_t i = 0; i < kMaxSeenPlugins + 10; ++i)
    now.push_back(sighting("tap", std::to_string(i), "completed",
                           kNow + std::chrono::seconds(static_cast<int>(i))));
  const auto seen = merge_seen({}, now);
  ASSERT_EQ(seen.size(), kMaxSeenPlugins);
  EXPECT_EQ(seen.front().version, std::to_string(kMaxSeenPlugins + 9));
  EXPECT_EQ(seen.back().version, "10");
}

TEST_F(SeenTest, WhatHasNoNameOrALongOneIsPassedOver) {
  const std::vector<Sighting> now = {
      sighting("", "1", "failed"), sighting(std::string(kMaxSeenNameBytes + 1, 'x'), "1", "failed"),
      sighting("tap", "", "failed")};
  ASSERT_EQ(merge_seen({}, now).size(), 1u) << "a version may be unknown";
}

TEST_F(SeenTest, AFileThatCannotBeReadIsBegunAnew) {
  EXPECT_TRUE(read_seen(state_).empty());
  for (const auto* text : {"", "{", "[]", R"({"format":2,"seen":[]})", R"({"format":1,"seen":{}})",
                           R"({"format":1,"seen":[1,null,{"name":"x"},{"event":"e"}]})"}) {
    write(text);
    EXPECT_TRUE(read_seen(state_).empty()) << text;
  }
  const std::vector<Sighting> now = {sighting("tap", "1", "failed")};
  ASSERT_TRUE(add_seen(state_, now).ok());
  EXPECT_EQ(read_seen(state_).size(), 1u);
  ASSERT_TRUE(remove_seen(state_).ok());
  EXPECT_TRUE(read_seen(state_).empty());
}

TEST_F(SeenTest, NothingSeenMakesNothing) {
  ASSERT_TRUE(add_seen(state_, {}).ok());
  EXPECT_FALSE(state_.has("library"));
}

}  // namespace
}  // namespace candor
