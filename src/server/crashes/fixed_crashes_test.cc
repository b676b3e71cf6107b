#include "server/crashes/fixed_crashes.h"

#include <gtest/gtest.h>

#include "server/crashes/limits.h"
#include "server/insight/limits.h"

namespace candor {
namespace {

const std::string kOne(64, 'a');
const std::string kOther(64, 'b');

class FixedCrashesTest : public testing::Test {
 protected:
  FixedCrashes fixed() const {
    const auto read = read_fixed_crashes(marks());
    EXPECT_TRUE(read.ok());
    return read.ok() ? *read : FixedCrashes();
  }
  Path marks() const { return folder_.path() / "fixed-crashes"; }

  TemporaryFolder folder_;
};

TEST_F(FixedCrashesTest, AMarkStaysUntilItIsTakenBack) {
  EXPECT_TRUE(fixed().empty());
  ASSERT_TRUE(mark_fixed(marks(), kOne, "1.3.0").ok());
  ASSERT_TRUE(mark_fixed(marks(), kOther, "2.0.0-rc.1").ok());
  ASSERT_TRUE(mark_fixed(marks(), kOne, "1.4.0").ok());
  EXPECT_EQ(fixed(), (FixedCrashes{{kOne, "1.4.0"}, {kOther, "2.0.0-rc.1"}}));
  EXPECT_TRUE(*unmark_fixed(marks(), kOne));
  EXPECT_FALSE(*unmark_fixed(marks(), kOne));
  EXPECT_EQ(fixed(), (FixedCrashes{{kOther, "2.0.0-rc.1"}}));
}

TEST_F(FixedCrashesTest, WhatIsNoSignatureOrNoVersionIsRefused) {
  for (const auto& wrong : {std::string(), std::string("aa"), kOne + "a", std::string(64, 'A')})
    EXPECT_FALSE(mark_fixed(marks(), wrong, "1").ok()) << wrong;
  for (const auto& wrong : {std::string(), std::string("1 2"), std::string("1\n"),
                            std::string(kMaxFixedVersionBytes + 1, '1')})
    EXPECT_FALSE(mark_fixed(marks(), kOne, wrong).ok()) << wrong;
  EXPECT_TRUE(fixed().empty());
}

TEST_F(FixedCrashesTest, ADamagedFileIsToldAndNotWrittenOver) {
  ASSERT_TRUE(mark_fixed(marks(), kOne, "1").ok());
  for (const auto* damaged : {"", "{}", "[]", R"({"format":2,"fixed":{}})",
                              R"({"format":1,"fixed":{"x":"1"}})", R"({"format":1,"fixed":[]})"}) {
    ASSERT_TRUE(write_file(marks() / "marks.json", damaged).ok());
    EXPECT_FALSE(read_fixed_crashes(marks()).ok()) << damaged;
    EXPECT_FALSE(mark_fixed(marks(), kOne, "1").ok()) << damaged;
  }
}

TEST_F(FixedCrashesTest, KnownAreThoseOfTheProductThatAreMarked) {
  Crashes crashes;
  for (const auto& [signature, first] : {std::pair(kOther, 20), std::pair(kOne, 10)}) {
    CrashGroup group;
    group.signature = signature;
    group.first = from_unix_millis(first);
    group.installations = kJudgedInstallations;
    crashes.groups.push_back(group);
  }
  crashes.groups.push_back({});
  const auto known = known_fixes(
      crashes, {{kOne, "1.4.0"}, {kOther, "1.5.0"}, {std::string(64, 'c'), "another product's"}});
  ASSERT_EQ(known.size(), 2u);
  EXPECT_EQ(known[0].signature, kOne);
  EXPECT_EQ(known[0].fixed_in, "1.4.0");
  EXPECT_EQ(known[0].known_since, "1970-01-01");
  EXPECT_EQ(known[1].signature, kOther);
}

TEST_F(FixedCrashesTest, OfTooFewInstallationsNobodyIsTold) {
  CrashGroup group;
  group.signature = kOne;
  group.installations = kJudgedInstallations - 1;
  Crashes crashes{group.installations, 1, {group}};
  EXPECT_TRUE(known_fixes(crashes, {{kOne, "1.4.0"}}).empty());
  ++crashes.groups[0].installations;
  EXPECT_EQ(known_fixes(crashes, {{kOne, "1.4.0"}}).size(), 1u);
}

}  // namespace
}  // namespace candor
