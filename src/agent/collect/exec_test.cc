// With real programs: what exec promises is about processes.
#include "agent/collect/exec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "base/files.h"

namespace candor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Exec : public ::testing::Test {
 protected:
  // A program of the test's own.
  std::string program(std::string_view script) const {
    const auto file = folder_.path() / "program";
    EXPECT_TRUE(write_file(file, "#!/bin/sh\n" + std::string(script), 0700).ok());
    return file.string();
  }
  static DeclaredCollector collector(std::vector<std::string> command) {
    DeclaredCollector declared;
    declared.kind = CollectorKind::kExec;
    declared.command = std::move(command);
    declared.under = "figures";
    declared.timeout = std::chrono::seconds(20);
    declared.max_output = 4096;
    return declared;
  }
  static Result<Json> collect(const DeclaredCollector& declared) {
    return collect_exec(declared, run_process);
  }
  TemporaryFolder folder_;
};

TEST_F(Exec, WhatItPrintsGoesUnderTheMember) {
  auto declared = collector({program("printf '{\"n\": %s}' \"$1\""), "3"});
  EXPECT_EQ(to_line(*collect(declared)), R"({"figures":{"n":3}})");
  declared.under.clear();
  EXPECT_EQ(to_line(*collect(declared)), R"({"n":3})");
}

TEST_F(Exec, ArgumentsGoThroughNoShell) {
  const auto seen =
      collect(collector({program("printf '{\"s\": \"%s\"}' \"$1\""), "$(echo no) ; * `x` $HOME"}));
  ASSERT_TRUE(seen.ok());
  EXPECT_EQ((*seen)["figures"]["s"], "$(echo no) ; * `x` $HOME");
}

TEST_F(Exec, ItGetsNothingOfTheAgentsEnvironmentAndNoInput) {
  ::setenv("CANDOR_TEST_SECRET", "canary-secret", 1);
  const auto seen = collect(
      collector({program("test -z \"$(cat)\" && printf '{\"all\": \"%s\"}' \"$(env | tr '\\n' "
                         "';')\"")}));
  ::unsetenv("CANDOR_TEST_SECRET");
  ASSERT_TRUE(seen.ok()) << seen.error().message;
  const auto all = (*seen)["figures"]["all"].get<std::string>();
  EXPECT_THAT(all, Not(HasSubstr("canary")));
  EXPECT_THAT(all, Not(HasSubstr("HOME=")));
  EXPECT_THAT(all, HasSubstr("LC_ALL=C.UTF-8"));
  EXPECT_THAT(all, HasSubstr("PATH=/usr/local/sbin:"));
}

TEST_F(Exec, OneThatHangsIsStoppedWithAllItStarted) {
  auto declared = collector(
      {program("sleep 600 & echo $! > \"$1\"; wait"), (folder_.path() / "child").string()});
  declared.timeout = std::chrono::milliseconds(300);
  const auto began = std::chrono::steady_clock::now();
  const auto seen = collect(declared);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_EQ(seen.error().kind, ErrorKind::kTryAgain);
  EXPECT_THAT(seen.error().message, HasSubstr("did not end within 0.3 s"));
  const auto child = std::stoi(*read_file(folder_.path() / "child"));
  // Killed: it ends, or has gone already.
  const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  pollfd ending{process.get(), POLLIN, 0};
  EXPECT_TRUE(!process.is_open() || ::poll(&ending, 1, 5'000) == 1);
}

TEST_F(Exec, OneThatPrintsTooMuchIsStopped) {
  const auto seen = collect(collector({program("while :; do echo xxxxxxxxxxxxxxxx; done")}));
  EXPECT_EQ(seen.error().kind, ErrorKind::kBadData);
  EXPECT_THAT(seen.error().message, HasSubstr("more than 4096 bytes"));
}

TEST_F(Exec, RubbishIsRefusedAndNotRepeated) {
  for (const auto* text : {"canary", "[1]", "{\"a\": canary}", "", "{}{}", "{\"a\": \"\\377\"}"}) {
    const auto seen = collect(collector({program("printf '" + std::string(text) + "'")}));
    ASSERT_FALSE(seen.ok()) << text;
    EXPECT_EQ(seen.error().kind, ErrorKind::kBadData) << text;
    EXPECT_THAT(seen.error().message, Not(HasSubstr("canary")));
  }
}

TEST_F(Exec, OneThatFailsSaysWhatItSaidCut) {
  const auto seen = collect(collector(
      {program("printf 'no license\\033[2J file\\nsecond line\\n' >&2; echo '{}'; exit 3")}));
  EXPECT_EQ(seen.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(seen.error().message, HasSubstr("ended with 3: no license?[2J file"));
  EXPECT_THAT(seen.error().message, Not(HasSubstr("second")));
  const auto talker = collect(collector({program(
      "i=0; while [ $i -lt 3000 ]; do printf 'complaint ' >&2; i=$((i+1)); done; exit 1")}));
  EXPECT_EQ(talker.error().kind, ErrorKind::kUnavailable);
  EXPECT_LT(talker.error().message.size(), 400u);
}

TEST_F(Exec, OneThatIsNotThereIsNamed) {
  const auto seen = collect(collector({"/nonexistent/program"}));
  EXPECT_EQ(seen.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(seen.error().message, HasSubstr("cannot start /nonexistent/program"));
}

TEST_F(Exec, ARelativePathIsRefused) {
  EXPECT_EQ(collect(collector({"echo", "{}"})).error().kind, ErrorKind::kConfiguration);
}

}  // namespace
}  // namespace candor
