#include "smart/drives.h"

#include <gtest/gtest.h>

#include "smart/limits.h"

namespace candor {
namespace {

using Calls = std::vector<std::vector<std::string>>;

// A smartctl that answers by its arguments.
struct FakeSmartctl {
  Calls calls;
  std::string scan = R"({"devices":[
    {"name":"/dev/sda","info_name":"/dev/sda [SAT]","type":"sat","protocol":"ATA"},
    {"name":"/dev/bus/0","info_name":"x","type":"megaraid,3","protocol":"SCSI"},
    {"name":"/dev/nvme0","info_name":"/dev/nvme0","type":"nvme","protocol":"NVMe"}]})";
  std::string broken;  // a drive that answers rubbish
  int exit_status = 0;

  SmartWorld world() {
    SmartWorld world;
    world.run = [this](const ProcessOptions& options) -> Result<ProcessOutput> {
      calls.push_back(options.argv);
      EXPECT_GT(options.timeout.count(), 0);
      EXPECT_LE(options.max_output_bytes, kMaxSmartDriveBytes);
      if (options.argv[1] == "--scan-open") return ProcessOutput{exit_status, scan, ""};
      const auto& name = options.argv.back();
      if (name == broken) return ProcessOutput{0, "no json", ""};
      return ProcessOutput{64, R"({"device":{"name":")" + name + R"("}})", ""};
    };
    return world;
  }
};

TEST(DrivesTest, EveryDriveIsAskedWithArgumentsOfOurOwn) {
  FakeSmartctl smartctl;
  const auto answer = ask_drives(smartctl.world());
  EXPECT_EQ(smartctl.calls, (Calls{{"smartctl", "--scan-open", "--json=c"},
                                   {"smartctl", "--json=c", "-x", "-d", "sat", "/dev/sda"},
                                   {"smartctl", "--json=c", "-x", "-d", "megaraid,3", "/dev/bus/0"},
                                   {"smartctl", "--json=c", "-x", "-d", "nvme", "/dev/nvme0"}}));
  EXPECT_EQ(answer["format"], 1);
  ASSERT_EQ(answer["drives"].size(), 3u);
  EXPECT_EQ(answer["drives"][2]["device"]["name"], "/dev/nvme0");
}

TEST(DrivesTest, NamesAndTypesThatAreNoneAreNotPassedOn) {
  const auto scan = *parse_json(R"({"devices":[
    {"name":"/etc/passwd","type":"sat"}, {"name":"/dev/../etc/passwd","type":"sat"},
    {"name":"/dev/sda;reboot","type":"sat"}, {"name":"/dev/sda","type":"-s,on"},
    {"name":"/dev/sda","type":"--set"}, {"name":"-x","type":"sat"}, {"name":"/dev/sda","type":""},
    {"name":"/dev/sda"}, 3, {"name":"/dev/sdb","type":"sat+megaraid,1"}]})");
  const auto drives = found_drives(scan);
  ASSERT_EQ(drives.size(), 1u);
  EXPECT_EQ(drives[0].name, "/dev/sdb");
  EXPECT_TRUE(found_drives(*parse_json("[]")).empty());
}

TEST(DrivesTest, OneBadDriveDoesNotHideTheOthers) {
  FakeSmartctl smartctl;
  smartctl.broken = "/dev/sda";
  EXPECT_EQ(ask_drives(smartctl.world())["drives"].size(), 2u);
}

TEST(DrivesTest, AMachineWithoutDrivesHasNone) {
  FakeSmartctl smartctl;
  smartctl.scan = R"({"json_format_version":[1,0],"smartctl":{"version":[7,3],"exit_status":0}})";
  EXPECT_EQ(ask_drives(smartctl.world()), Json({{"format", 1}, {"drives", Json::array()}}));
}

TEST(DrivesTest, AMissingSmartctlIsTold) {
  SmartWorld world;
  world.run = [](const ProcessOptions&) -> Result<ProcessOutput> {
    return Error{ErrorKind::kUnavailable, "cannot start smartctl"};
  };
  EXPECT_EQ(ask_drives(world)["problem"], "no_smartctl");
  FakeSmartctl smartctl;
  smartctl.scan = "rubbish";
  EXPECT_EQ(ask_drives(smartctl.world())["problem"], "smartctl_failed");
}

TEST(DrivesTest, AllOfItEnds) {
  FakeSmartctl smartctl;
  auto world = smartctl.world();
  std::chrono::steady_clock::time_point now{};
  world.now = [&now] { return now += kSmartAllTime / 2; };
  EXPECT_EQ(ask_drives(world)["drives"].size(), 1u);
}

}  // namespace
}  // namespace candor
