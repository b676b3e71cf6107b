#include "base/clock.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

std::int64_t millis(std::string_view text) {
  const auto t = parse_rfc3339(text);
  return t ? to_unix_millis(*t) : -1;
}

TEST(Clock, TimesAreWrittenInUtcWithAFractionOnlyWhereThereIsOne) {
  EXPECT_EQ(format_rfc3339(from_unix_millis(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(from_unix_millis(1'795'240'812'251)), "2026-11-21T06:00:12.251Z");
}

TEST(Clock, TheTimesOfRealClientsAreRead) {
  EXPECT_EQ(millis("2026-11-21T06:00:12.251606"),
            1'795'240'812'251);  // Ceph: no zone, microseconds
  EXPECT_EQ(millis("2026-11-21T06:00:12+0000"),
            1'795'240'812'000);  // dcos-signal: zone without colon
  EXPECT_EQ(millis("2026-11-21T07:00:12.2+01:00"), 1'795'240'812'200);
  EXPECT_EQ(millis("2026-11-21 06:00:12Z"), 1'795'240'812'000);
}

TEST(Clock, WhatIsNoTimeIsNotRead) {
  for (const auto* text : {"", "2026", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z",
                           "2026-11-21T06:00:12.Z", "1969-12-31T23:59:59Z", "2026-11-21T06:00:12Zx",
                           "+026-11-21T06:00:12Z", "2026-11-21T06:00:12+25:00"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Clock, WhatIsWrittenIsReadAgain) {
  for (std::int64_t ms = 1; ms < 253'402'300'799'000; ms = ms * 7 + 13) {
    EXPECT_EQ(millis(format_rfc3339(from_unix_millis(ms))), ms);
  }
}

TEST(Clock, TheUsualFormIsReadAsAnyOther) {
  // The same moment without its fraction's last digit is read the other way.
  for (std::int64_t day = 0; day < 60'000; day += 7) {
    const auto at = from_unix_millis((day * 86'400 + day % 86'400) * 1000 + 120);
    const auto text = format_rfc3339(at);
    ASSERT_EQ(parse_rfc3339(text), at) << text;
    auto longer = text;
    longer.insert(longer.size() - 1, "0");
    ASSERT_EQ(parse_rfc3339(longer), at) << longer;
  }
  EXPECT_FALSE(parse_rfc3339("2026-02-30T00:00:00.000Z"));
  EXPECT_FALSE(parse_rfc3339("2026-11-21T24:00:00.000Z"));
  EXPECT_FALSE(parse_rfc3339("2026-11-21T23:0/:00.000Z"));
}

}  // namespace
}  // namespace candor
