#include "agent/collect/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace candor {
namespace {

using ::testing::HasSubstr;

std::string recorded(const std::string& name) {
  return *read_file(Path(CANDOR_TEST_SOURCE_DIR "/src/agent/collect/testdata/dcos") / name);
}

ProcessRunner printing(int exit_status, std::string out, std::string err = "") {
  return [=](const ProcessOptions&) -> Result<ProcessOutput> {
    return ProcessOutput{exit_status, out, err};
  };
}

TEST(Units, WhatSystemctlPrintsIsCounted) {
  const auto units = read_units("systemctl", printing(0, recorded("systemctl_show.txt")));
  ASSERT_TRUE(units.ok());
  EXPECT_EQ(units->size(), 9u) << "one is not loaded";
  const auto totals = count_units(*units);
  EXPECT_EQ(totals.services_running, 3u);
  EXPECT_EQ(totals.services_active, 4u);
  EXPECT_EQ(totals.tasks_running, 12u);
}

TEST(Units, ASystemdThatCountsNoTasksHasNoTotalOfThem) {
  const auto units =
      parse_units("Id=a.service\nLoadState=loaded\nActiveState=active\nSubState=running\n");
  ASSERT_TRUE(units.ok());
  EXPECT_EQ(count_units(*units).tasks_running, std::nullopt);
}

TEST(Units, AMachineWithoutSystemdSaysSo) {
  const auto units = read_units("systemctl", printing(1, "", recorded("systemctl_not_booted.txt")));
  EXPECT_EQ(units.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(units.error().message,
            "systemctl ended with 1: System has not been booted with systemd as init system (PID "
            "1). Can't operate.");
  const auto none = read_units("/nonexistent/systemctl", run_process);
  EXPECT_EQ(none.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(none.error().message, HasSubstr("cannot start /nonexistent/systemctl"));
  EXPECT_EQ(read_units("systemctl", printing(0, "")).error().kind, ErrorKind::kUnavailable);
}

TEST(Units, RubbishIsRefused) {
  for (const auto* text : {"UNIT LOAD ACTIVE\ncron loaded active\n", "\n\n", "Id=\n",
                           "Id=a.service\nLoadState=loaded\n\nwhat"}) {
    EXPECT_EQ(parse_units(text).error().kind, ErrorKind::kBadData) << text;
  }
}

TEST(Units, SystemctlIsAskedWithFixedArguments) {
  std::vector<std::string> argv;
  const ProcessRunner run = [&](const ProcessOptions& options) -> Result<ProcessOutput> {
    argv = options.argv;
    return ProcessOutput{};
  };
  EXPECT_FALSE(read_units("/usr/bin/systemctl", run).ok());
  EXPECT_THAT(argv,
              ::testing::ElementsAre("/usr/bin/systemctl", "show",
                                     "--property=Id,LoadState,ActiveState,SubState,TasksCurrent",
                                     "*.service", "*.socket", "*.timer"));
}

}  // namespace
}  // namespace candor
