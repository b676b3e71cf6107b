#include "agent/program_upkeep.h"

#include "agent/agent_fixture.h"
#include "agent/events.h"
#include "agent/outbox/last_failure.h"
#include "agent/programs/limits.h"
#include "agent/programs/rings.h"

namespace candor {
namespace {

constexpr std::string_view kContract = R"toml(candor = 1
[product]
name = "mesh"
contact = "c"
accepts = ["native"]
endpoint = "https://collector.example.com"
[[channel]]
name = "usage"
about = "x"
default = true
[[channel.event]]
name = "e"
about = "x"
fields = [{ path = "s", type = "string", about = "x" }]
)toml";

class UpkeepOfPrograms : public AgentTest {
 protected:
  UpkeepOfPrograms() {
    contract(kContract);
    clock_.set(from_unix_millis(0));
    EXPECT_TRUE(open().turn_on({"", false, "candor on"}).ok());
  }
  void put_ring(const std::string& name = "01020300000000000000000000000000.ring") {
    const auto bytes = *read_file(Path(CANDOR_TEST_SOURCE_DIR) / "tests/fuzz/corpus/ring/ring");
    ASSERT_TRUE(write_file(programs().file(name), bytes).ok());
  }
  StateFolder programs() { return programs_of(StateFolder(paths_.state)); }
  // When it wants to be called again, from now.
  std::optional<Millis> work() {
    const auto again = upkeep_.work(open());
    return again ? std::optional(*again - clock_.now()) : std::nullopt;
  }
  std::size_t pending() { return Outbox(programs(), kEventFileLimits).pending()->size(); }

  ProgramUpkeep upkeep_;
};

TEST_F(UpkeepOfPrograms, WithoutRingsItWaitsToBeTold) {
  EXPECT_EQ(work(), std::nullopt);
  EXPECT_FALSE(upkeep_.looks_at_rings());
}

TEST_F(UpkeepOfPrograms, WhatAProgramLeftIsSentAtOnce) {
  put_ring();
  EXPECT_EQ(work(), kLookAtRings);
  EXPECT_EQ(collector_.bodies.size(), 1u);
  clock_.advance(kLookAtRings);
  EXPECT_EQ(work(), std::nullopt);
}

TEST_F(UpkeepOfPrograms, ManyProgramsAreTakenTogether) {
  put_ring();
  work();
  put_ring("02000000000000000000000000000000.ring");
  EXPECT_TRUE(upkeep_.looks_at_rings());
  work();
  EXPECT_EQ(collector_.bodies.size(), 1u) << "not for each of them";
  clock_.advance(kLookAtRings);
  work();
  EXPECT_EQ(collector_.bodies.size(), 2u);
}

TEST_F(UpkeepOfPrograms, WhatFailedIsTriedAgainAndWhatIsGoneIsNot) {
  collector_.status = 503;
  put_ring();
  work();
  EXPECT_EQ(pending(), 1u);
  clock_.advance(kLookAtRings);
  const auto again = work();
  ASSERT_TRUE(again);
  EXPECT_FALSE(upkeep_.looks_at_rings()) << "so a new ring has to be told of";
  // Somebody else sends it.
  collector_.status = 200;
  const auto agent = open();
  const auto client = agent.world().make_client();
  ASSERT_TRUE(send_program_events(agent, *client, {}).ok());
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(work(), std::nullopt) << "there is nothing to do, now and later";
}

TEST_F(UpkeepOfPrograms, WhoIsInTheWayIsWaitedFor) {
  put_ring();
  const auto sending = *FileLock::try_lock(programs().file("send.lock"));
  work();
  EXPECT_EQ(pending(), 1u);
  clock_.advance(kLookAtRings);
  const auto again = work();
  ASSERT_TRUE(again);
  EXPECT_GT(*again, Millis(0));
  EXPECT_FALSE(last_failure(programs())) << "nothing failed";
}

TEST_F(UpkeepOfPrograms, OffForgetsAll) {
  collector_.status = 503;
  put_ring();
  work();
  ASSERT_TRUE(open().turn_off().ok());
  EXPECT_EQ(work(), std::nullopt);
}

}  // namespace
}  // namespace candor
