#include "base/counted.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Counted, OneIsSingularAndTheRestIsNot) {
  EXPECT_EQ(counted(0, "report"), "0 reports");
  EXPECT_EQ(counted(1, "report"), "1 report");
  EXPECT_EQ(counted(2, "report"), "2 reports");
  EXPECT_EQ(counted(1, "device report is", "device reports are"), "1 device report is");
  EXPECT_EQ(counted(3, "device report is", "device reports are"), "3 device reports are");
}

}  // namespace
}  // namespace candor
