#include "base/process.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

Result<ProcessOutput> run(std::vector<std::string> argv,
                          std::chrono::milliseconds timeout = std::chrono::seconds(10),
                          std::size_t max_output = 1000) {
  return run_process({.argv = std::move(argv),
                      .timeout = timeout,
                      .max_output_bytes = max_output,
                      .extra_environment = {}});
}

TEST(Process, OutputErrorsAndStatusComeBack) {
  const auto output = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(output->out, "out\n");
  EXPECT_EQ(output->err, "err\n");
  EXPECT_EQ(output->exit_status, 3);
}

TEST(Process, ArgumentsAreNotReadByAShell) {
  EXPECT_EQ(run({"echo", "$(id); `id`"})->out, "$(id); `id`\n");
}

TEST(Process, AnEnvironmentOfItsOwnIsAllThatAProgramGets) {
  const auto output = run_process({.argv = {"/usr/bin/env"},
                                   .extra_environment = {"A=1"},
                                   .environment = std::vector<std::string>{"B=2"}});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(output->out, "A=1\nB=2\n");
}

TEST(Process, AProgramThatHangsIsStoppedWithItsChildren) {
  const auto output = run({"sh", "-c", "sleep 1000 & sleep 1000"}, std::chrono::milliseconds(100));
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().kind, ErrorKind::kTryAgain);
}

TEST(Process, AProgramThatClosesItsOutputAndHangsIsStoppedToo) {
  const auto output =
      run({"sh", "-c", "exec > /dev/null 2>&1; sleep 1000"}, std::chrono::milliseconds(100));
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().kind, ErrorKind::kTryAgain);
}

TEST(Process, AProgramThatPrintsTooMuchIsStopped) {
  const auto output = run({"yes"});
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().kind, ErrorKind::kBadData);
}

TEST(Process, AMissingProgramIsNamed) {
  const auto output = run({"candor-no-such-program"});
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(output.error().message.find("candor-no-such-program"), std::string::npos);
}

}  // namespace
}  // namespace candor
