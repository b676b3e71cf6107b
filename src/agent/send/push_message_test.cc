#include "agent/send/push_message.h"

#include <gtest/gtest.h>

#include <limits>

#include "wire/remote_write.h"
#include "wire/snappy.h"

namespace candor {
namespace {

constexpr std::string_view kFile = R"({
  "candor": {"format": 1, "kind": "metrics", "product": "mesh", "installation": "id-1"},
  "at": "2026-11-21T07:00:00.123Z",
  "metrics": [
    {"name": "load", "type": "gauge", "installation": "cluster", "samples": [
      {"labels": {"zone": "a"}, "value": 0.5},
      {"labels": {}, "value": "-Inf"}
    ]},
    {"name": "seconds", "type": "histogram", "samples": [
      {"part": "_bucket", "labels": {"le": "0.1"}, "value": 4.0}
    ]}
  ]
}
)";

TEST(PushMessage, IsWhatTheFileSays) {
  const std::int64_t at = 1'795'244'400'123;
  const WrittenSample half[] = {{at, 0.5}}, four[] = {{at, 4}};
  const WrittenSample least[] = {{at, -std::numeric_limits<double>::infinity()}};
  RemoteWriteMessage expected;
  expected.add("load", {{"zone", "a"}, {"cluster", "id-1"}}, half);
  expected.add("load", {{"cluster", "id-1"}}, least);
  expected.add("seconds_bucket", {{"le", "0.1"}}, four);
  const auto made = push_message(kFile);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(*made, expected.block());
}

TEST(PushMessage, WhatIsNoFileOfMetricsIsRefused) {
  for (
      const std::string_view bad :
      {"", "{}", R"({"candor":{},"at":"x","metrics":[]})",
       R"({"candor":{},"at":"2026-11-21T07:00:00Z","metrics":[{"name":"a"}]})",
       R"({"candor":{},"at":"2026-11-21T07:00:00Z","metrics":[{"name":"a","samples":[{"labels":{}}]}]})",
       R"({"candor":{},"at":"2026-11-21T07:00:00Z","metrics":[{"name":"a","samples":[{"labels":{"b":1},"value":1}]}]})"}) {
    const auto made = push_message(bad);
    ASSERT_FALSE(made.ok()) << bad;
    EXPECT_EQ(made.error().kind, ErrorKind::kBadData) << bad;
  }
}

}  // namespace
}  // namespace candor
