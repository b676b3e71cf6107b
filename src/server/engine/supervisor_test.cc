#include "server/engine/supervisor.h"

#include <gtest/gtest.h>

#include <thread>

#include "server/engine/limits.h"

namespace candor {
namespace {

using std::chrono::milliseconds;

TEST(RestartDelay, DoublesUpToItsLimit) {
  EXPECT_EQ(restart_delay(1), kFirstRestartDelay);
  EXPECT_EQ(restart_delay(2), 2 * kFirstRestartDelay);
  EXPECT_EQ(restart_delay(4), 8 * kFirstRestartDelay);
  EXPECT_EQ(restart_delay(50), kLastRestartDelay);
}

TEST(Supervisor, AProgramThatEndsIsStartedAgainAndTheReasonIsKept) {
  const TemporaryFolder folder;
  auto supervisor = EngineSupervisor::start(
      {.program = "/bin/false", .data = folder.path(), .socket = folder.path() / "s"});
  ASSERT_TRUE(supervisor.ok());
  const auto ready = (*supervisor)->wait_ready(kFirstRestartDelay * 2);
  ASSERT_FALSE(ready.ok());
  EXPECT_EQ(ready.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(ready.error().message.find("ended with status 1"), std::string::npos)
      << ready.error().message;
  while ((*supervisor)->state().restarts < 2) std::this_thread::yield();
  EXPECT_EQ((*supervisor)->state().why, "ended with status 1");
}

TEST(Supervisor, AProgramThatIsNotThereIsAReason) {
  const TemporaryFolder folder;
  auto supervisor = EngineSupervisor::start(
      {.program = folder.path() / "none", .data = folder.path(), .socket = folder.path() / "s"});
  ASSERT_TRUE(supervisor.ok());
  while ((*supervisor)->state().phase != EnginePhase::kDown) std::this_thread::yield();
  EXPECT_EQ((*supervisor)->state().why, "could not be run (status 127)");
}

TEST(Supervisor, StoppingDoesNotWaitForTheDelay) {
  const TemporaryFolder folder;
  auto supervisor = EngineSupervisor::start(
      {.program = "/bin/false", .data = folder.path(), .socket = folder.path() / "s"});
  ASSERT_TRUE(supervisor.ok());
  (*supervisor)->stop();
  EXPECT_EQ((*supervisor)->state().phase, EnginePhase::kStopped);
  EXPECT_EQ((*supervisor)->state().pid, 0);
  (*supervisor)->stop();
}

TEST(Supervisor, ASocketPathThatIsTooLongIsRefused) {
  const auto supervisor =
      EngineSupervisor::start({.program = "/bin/false",
                               .data = "/tmp",
                               .socket = "/" + std::string(kMaxSocketPathBytes, 'x')});
  ASSERT_FALSE(supervisor.ok());
  EXPECT_EQ(supervisor.error().kind, ErrorKind::kConfiguration);
  EXPECT_NE(supervisor.error().message.find("shorter data folder"), std::string::npos);
}

}  // namespace
}  // namespace candor
