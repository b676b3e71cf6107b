#include "server/engine/supervisor.h"

#include <gtest/gtest.h>

#include <thread>

#include "server/engine/limits.h"

namespace candor {
namespace {

TEST(EngineSupervisor, AnEngineThatEndsHasNotFailedToOpenItsStorage) {
  const TemporaryFolder folder;
  auto supervisor = EngineSupervisor::start(
      {.program = "/bin/false", .data = folder.path(), .socket = folder.path() / "s"});
  ASSERT_TRUE(supervisor.ok());
  while ((*supervisor)->state().restarts < 1) std::this_thread::yield();
  EXPECT_EQ((*supervisor)->state().why, "ended with status 1");
  EXPECT_FALSE((*supervisor)->state().cannot_open);
}

TEST(EngineSupervisor, ASocketPathThatIsTooLongIsRefused) {
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
