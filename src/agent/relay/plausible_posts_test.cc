#include "agent/relay/plausible_posts.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "visitor/plausible_event.h"

namespace candor {
namespace {

std::vector<PlausiblePost> posts_of(std::string_view events) {
  const auto file =
      R"({"candor":{"format":1,"kind":"events"},"events":)" + std::string(events) + "}";
  auto posts = plausible_posts(file, "panel.example");
  EXPECT_TRUE(posts.ok());
  return *std::move(posts);
}

TEST(PlausiblePostsTest, AnEventBecomesWhatATrackerWouldSend) {
  const auto posts = posts_of(
      R"([{"id":"1","name":"rating","at":"2026-11-21T07:00:00Z","source":"v","document":{"page":"/a b/ü","props":{"stars":4}}},)"
      R"({"id":"2","name":"engagement","source":"v","document":{"page":"/","engagement":{"scroll_depth":40,"milliseconds":9}}},)"
      R"({"id":"3","name":"pageview","document":{"site":"other.example","host":"h.example","source":"news & co","referrer":"from.example","interactive":false}},)"
      R"({"id":"4","name":"nothing"}])");
  ASSERT_EQ(posts.size(), 4u);
  EXPECT_EQ(
      posts[0].body,
      R"({"n":"rating","u":"https://panel.example/a%20b/%C3%BC","d":"panel.example","p":{"stars":4}})");
  EXPECT_EQ(posts[1].body,
            R"({"n":"engagement","u":"https://panel.example/","d":"panel.example","sd":40,"e":9})");
  EXPECT_EQ(
      posts[2].body,
      R"({"n":"pageview","u":"https://h.example/?utm_source=news%20%26%20co","d":"other.example","r":"https://from.example/","interactive":false})");
  EXPECT_EQ(posts[3].body, R"({"n":"nothing","u":"https://panel.example/","d":"panel.example"})");
  for (const auto& post : posts)
    EXPECT_TRUE(std::holds_alternative<PlausibleEvent>(read_plausible_event(post.body)));
  const auto read = std::get<PlausibleEvent>(read_plausible_event(posts[0].body));
  EXPECT_EQ(read.page, "/a b/ü");
  EXPECT_EQ(read.sites, std::vector<std::string>{"panel.example"});
  EXPECT_EQ(posts[0].address, posts[1].address);
  EXPECT_NE(posts[0].address, posts[2].address);
  EXPECT_NE(posts[2].address, posts[3].address);
}

TEST(PlausiblePostsTest, EachVisitorHasAnAddressThatIsNobodys) {
  std::set<std::string> addresses;
  for (const auto* visitor :
       {"", "a", "b", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdee"}) {
    const auto address = stand_in_address(visitor);
    in6_addr parsed{};
    ASSERT_EQ(inet_pton(AF_INET6, address.c_str(), &parsed), 1) << address;
    EXPECT_EQ(parsed.s6_addr[0], 0xfd);
    EXPECT_EQ(address, stand_in_address(visitor));
    addresses.insert(address);
  }
  EXPECT_EQ(addresses.size(), 5u);
}

TEST(PlausiblePostsTest, WhatIsNoFileIsRefused) {
  for (const auto* text : {"", "[]", "{}", R"({"events":{}})"})
    EXPECT_FALSE(plausible_posts(text, "d").ok()) << text;
}

}  // namespace
}  // namespace candor
