#include "agent/outbox/last_failure.h"

#include <gtest/gtest.h>

#include "agent/outbox/outbox.h"

namespace candor {
namespace {

class LastFailureTest : public ::testing::Test {
 protected:
  LastFailureTest() { EXPECT_TRUE(state_.make("outbox").ok()); }
  TemporaryFolder folder_;
  StateFolder state_{folder_.path() / "state"};
};

TEST_F(LastFailureTest, TheNewestOneIsReadUntilItIsCleared) {
  EXPECT_FALSE(last_failure(state_));
  ASSERT_TRUE(note_failure(state_, {Instant(Millis(1000)), "It is away.", std::nullopt}).ok());
  ASSERT_TRUE(
      note_failure(state_, {Instant(Millis(2000)), "It is off.", Instant(Millis(3000))}).ok());
  const auto failure = last_failure(state_);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->at, Instant(Millis(2000)));
  EXPECT_EQ(failure->problem, "It is off.");
  EXPECT_EQ(failure->next_attempt, Instant(Millis(3000)));
  ASSERT_TRUE(clear_failure(state_).ok());
  EXPECT_FALSE(last_failure(state_));
  EXPECT_TRUE(clear_failure(state_).ok());
}

TEST_F(LastFailureTest, ADamagedFileIsNoFailure) {
  ASSERT_TRUE(state_.write("last-failure.json", "{\"at\":").ok());
  EXPECT_FALSE(last_failure(state_));
}

TEST_F(LastFailureTest, DroppingWhatIsPendingForgetsWhyItDidNotGetThrough) {
  ASSERT_TRUE(note_failure(state_, {Instant(Millis(1)), "It is away.", std::nullopt}).ok());
  ASSERT_TRUE(Outbox(state_).drop_pending().ok());
  EXPECT_FALSE(last_failure(state_));
}

}  // namespace
}  // namespace candor
