#include "agent/monitor/mounts.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>

#include "agent/monitor/limits.h"

namespace candor {
namespace {

TEST(MountsIn, AreThoseThatHoldFiles) {
  const auto mounts = mounts_in(
      "proc /proc proc rw 0 0\n"
      "/dev/vda / ext4 rw,relatime 0 0\n"
      "tmpfs /dev/shm tmpfs rw 0 0\n"
      "tmpfs /run tmpfs rw 0 0\n"
      "server:/a\\040b /mnt/a\\040b\\134 nfs4 ro,hard 0 0\n"
      "/dev/vda / ext4 rw,relatime 0 0\n"
      "overlay /var/lib/docker/overlay2/x/merged overlay rw 0 0\n"
      "/dev/vdb /var/lib/docker/volumes ext4 rw 0 0\n"
      "/dev/vdc /var/lib/docker xfs rw,rotten=ro 0 0\n"
      "/dev/vdd /device ext4 ro 0 0\n"
      "damaged line\n"
      "   \n");
  EXPECT_EQ(mounts, (std::vector<Mount>{{"/dev/vda", "/", "ext4", false},
                                        {"tmpfs", "/run", "tmpfs", false},
                                        {"server:/a b", "/mnt/a b\\", "nfs4", true},
                                        {"/dev/vdc", "/var/lib/docker", "xfs", false},
                                        {"/dev/vdd", "/device", "ext4", true}}));
}

TEST(MountsIn, ThereAreNotTooMany) {
  std::string text;
  for (std::size_t i = 0; i < kMaxMounts + 3; ++i)
    text += "d /m" + std::to_string(i) + " ext4 rw 0 0\n";
  EXPECT_EQ(mounts_in(text).size(), kMaxMounts);
}

const std::vector<Mount> kThree = {
    {"a", "/a", "ext4", false}, {"b", "/b", "nfs4", false}, {"c", "/c", "ext4", false}};

std::string told(const std::vector<std::optional<MountFill>>& fills) {
  std::string text;
  for (const auto& fill : fills) text += fill ? std::to_string(fill->size) + " " : "- ";
  return text;
}

TEST(Mounts, OneThatFailsIsNothing) {
  Mounts mounts([](const std::string& point) -> std::optional<MountFill> {
    if (point == "/b") return std::nullopt;
    return MountFill{.size = point == "/a" ? 1u : 3u};
  });
  EXPECT_EQ(told(mounts.fill(kThree, std::chrono::seconds(60))), "1 - 3 ");
  EXPECT_EQ(told(mounts.fill({}, std::chrono::seconds(60))), "");
}

TEST(Mounts, OneThatDoesNotAnswerHoldsUpNobody) {
  struct Server {
    std::mutex mutex;
    std::condition_variable told;
    bool is_there = false;
    int asked = 0, answered = 0;
  };
  const auto server = std::make_shared<Server>();
  Mounts mounts([server](const std::string& point) -> std::optional<MountFill> {
    if (point != "/b") return MountFill{.size = 1};
    std::unique_lock lock(server->mutex);
    ++server->asked;
    server->told.wait(lock, [&] { return server->is_there; });
    ++server->answered;
    server->told.notify_all();
    return MountFill{.size = 2};
  });
  EXPECT_EQ(told(mounts.fill(kThree, Millis(50))), "1 - - ");
  EXPECT_EQ(told(mounts.fill(kThree, std::chrono::seconds(60))), "1 - 1 ") << "not asked again";
  {
    std::unique_lock lock(server->mutex);
    EXPECT_EQ(server->asked, 1);
    server->is_there = true;
    server->told.notify_all();
    server->told.wait(lock, [&] { return server->answered == 1; });
  }
  // The thread that waited says so a moment after its answer.
  auto last = mounts.fill(kThree, std::chrono::seconds(60));
  for (int i = 0; i < 100'000 && !last[1]; ++i)
    last = mounts.fill(kThree, std::chrono::seconds(60));
  EXPECT_EQ(told(last), "1 2 1 ");
}

TEST(Mounts, TheMachineSaysHowFullItsRootIs) {
  const auto fills = Mounts().fill({{"x", "/", "ext4", false}, {"x", "/no/such", "ext4", false}},
                                   std::chrono::seconds(60));
  ASSERT_TRUE(fills[0]);
  EXPECT_GT(fills[0]->size, 0u);
  EXPECT_LE(fills[0]->available, fills[0]->size);
  EXPECT_FALSE(fills[1]);
}

}  // namespace
}  // namespace candor
