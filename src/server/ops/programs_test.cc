#include "server/ops/programs.h"

#include <gmock/gmock.h>

namespace candor {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

OpsConfig ops_of(const std::string& program) {
  OpsConfig ops;
  ops.prometheus = ops.alertmanager = program;
  ops.retention_days = 30;
  return ops;
}

TEST(ProgramAddress, OfSomebodyElseIsItsUrl) {
  const auto address = address_of("https://prometheus.example.com/x/", "127.0.0.1:9090");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->url, "https://prometheus.example.com/x");
  EXPECT_EQ(address->listen, "");
}

TEST(ProgramAddress, PortZeroIsAFreeOne) {
  for (const auto* listen : {"127.0.0.1:0", "localhost:0"}) {
    const auto address = address_of("prometheus", listen);
    ASSERT_TRUE(address.ok()) << listen;
    EXPECT_EQ(address->url, "http://" + address->listen);
    EXPECT_FALSE(address->listen.ends_with(":0"));
  }
  EXPECT_EQ(address_of("prometheus", "127.0.0.1:9090")->listen, "127.0.0.1:9090");
}

TEST(Programs, OneThatIsNotThereIsToldWithItsPackage) {
  const OpsFolder folder("/data/ops", {});
  const auto program =
      prometheus_program(ops_of("not-a-program"), folder, {"http://127.0.0.1:1", "127.0.0.1:1"});
  const auto argv = program.prepare();
  ASSERT_FALSE(argv.ok());
  EXPECT_EQ(argv.error().message, "is not installed: apt-get install prometheus");
}

TEST(Programs, AreStartedWithTheirFilesOnLoopback) {
  const OpsFolder folder("/data/ops", {});
  const auto address = *address_of("/bin/true", "127.0.0.1:0");
  const auto program = alertmanager_program(ops_of("/bin/true"), folder, address);
  const auto argv = program.prepare();
  ASSERT_TRUE(argv.ok()) << argv.error().message;
  EXPECT_EQ(argv->front(), "/bin/true");
  EXPECT_THAT(*argv, Contains("--config.file=/data/ops/current/alertmanager.yml"));
  // Nobody else may read or silence from elsewhere.
  EXPECT_THAT(*argv, Contains("--web.listen-address=" + address.listen));
  EXPECT_THAT(*argv, Contains("--cluster.listen-address="));
}

TEST(Programs, PeopleReachThemByTheExternalUrl) {
  const OpsFolder folder("/data/ops", {});
  auto ops = ops_of("/bin/true");
  ops.external_url = "https://ops.example.com";
  const auto argv =
      prometheus_program(ops, folder, *address_of("/bin/true", "127.0.0.1:0")).prepare();
  ASSERT_TRUE(argv.ok());
  EXPECT_THAT(*argv, Contains("--web.external-url=https://ops.example.com/prometheus/"));
  EXPECT_THAT(*argv, Contains("--web.route-prefix=/"));
  EXPECT_THAT(*argv, Contains("--storage.tsdb.retention.time=30d"));
  EXPECT_THAT(*argv, Contains("--web.enable-remote-write-receiver"));
}

}  // namespace
}  // namespace candor
