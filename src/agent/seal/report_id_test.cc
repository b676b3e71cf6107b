#include "agent/seal/report_id.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(ReportId, TellsItsMoment) {
  const auto at = *parse_rfc3339("2026-11-21T07:00:00.120Z");
  EXPECT_EQ(report_id(at, "1a2b3c4d5e"), "20261121T070000.120Z-1a2b3c4d");
  EXPECT_EQ(sealed_at_of("20261121T070000.120Z-1a2b3c4d"), at);
  EXPECT_FALSE(sealed_at_of("notes"));
}

}  // namespace
}  // namespace candor
