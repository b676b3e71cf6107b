#include "base/supervisor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/limits.h"

namespace candor {
namespace {

using std::chrono::milliseconds;

// Runs the words; it is ready at once, or never.
SupervisedProgram program_of(std::vector<std::string> argv, bool ready = false) {
  SupervisedProgram program;
  program.name = "the program";
  program.prepare = [argv]() -> Result<std::vector<std::string>> { return argv; };
  program.answers = [ready] { return ready; };
  return program;
}

// What the program wrote, line by line.
struct Lines {
  void add(std::string_view line) {
    const MutexLock lock(mutex);
    all.emplace_back(line);
  }
  std::vector<std::string> now() {
    const MutexLock lock(mutex);
    return all;
  }
  Mutex mutex;
  std::vector<std::string> all CANDOR_GUARDED_BY(mutex);
};

TEST(RestartDelay, DoublesUpToItsLimit) {
  EXPECT_EQ(restart_delay(1), kFirstRestartDelay);
  EXPECT_EQ(restart_delay(2), 2 * kFirstRestartDelay);
  EXPECT_EQ(restart_delay(4), 8 * kFirstRestartDelay);
  EXPECT_EQ(restart_delay(50), kLastRestartDelay);
}

TEST(Supervisor, AProgramThatEndsIsStartedAgainAndTheReasonIsKept) {
  auto supervisor = Supervisor::start(program_of({"/bin/false"}));
  ASSERT_TRUE(supervisor.ok());
  const auto ready = (*supervisor)->wait_ready(kFirstRestartDelay * 2);
  ASSERT_FALSE(ready.ok());
  EXPECT_EQ(ready.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(ready.error().message.find("ended with status 1"), std::string::npos)
      << ready.error().message;
  while ((*supervisor)->state().restarts < 2) std::this_thread::yield();
  EXPECT_EQ((*supervisor)->state().why, "ended with status 1");
  EXPECT_EQ((*supervisor)->state().status, 1);
}

TEST(Supervisor, AProgramThatIsNotThereIsAReason) {
  auto supervisor = Supervisor::start(program_of({"/nowhere/none"}));
  ASSERT_TRUE(supervisor.ok());
  while ((*supervisor)->state().phase != SupervisedPhase::kDown) std::this_thread::yield();
  EXPECT_EQ((*supervisor)->state().why, "could not be run (status 127)");
}

TEST(Supervisor, WhatCannotBePreparedIsAReasonAndTriedAgain) {
  auto program = program_of({});
  program.prepare = []() -> Result<std::vector<std::string>> {
    return Error{ErrorKind::kUnavailable, "is not installed"};
  };
  auto supervisor = Supervisor::start(std::move(program));
  ASSERT_TRUE(supervisor.ok());
  while ((*supervisor)->state().restarts < 1) std::this_thread::yield();
  EXPECT_EQ((*supervisor)->state().why, "is not installed");
}

TEST(Supervisor, StoppingDoesNotWaitForTheDelay) {
  auto supervisor = Supervisor::start(program_of({"/bin/false"}));
  ASSERT_TRUE(supervisor.ok());
  (*supervisor)->stop();
  EXPECT_EQ((*supervisor)->state().phase, SupervisedPhase::kStopped);
  EXPECT_EQ((*supervisor)->state().pid, 0);
  (*supervisor)->stop();
}

TEST(Supervisor, LinesAreGivenAsTheyCome) {
  auto lines = std::make_shared<Lines>();
  auto program = program_of({"/bin/sh", "-c", "echo one; echo two >&2; printf three"});
  program.on_line = [lines](std::string_view line) { lines->add(line); };
  auto supervisor = Supervisor::start(std::move(program));
  ASSERT_TRUE(supervisor.ok());
  while ((*supervisor)->state().phase != SupervisedPhase::kDown) std::this_thread::yield();
  EXPECT_EQ(lines->now(), (std::vector<std::string>{"one", "two", "three"}));
}

TEST(Supervisor, ALineThatNeverEndsIsCut) {
  auto lines = std::make_shared<Lines>();
  auto program =
      program_of({"/bin/sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo end"});
  program.on_line = [lines](std::string_view line) { lines->add(line); };
  auto supervisor = Supervisor::start(std::move(program));
  ASSERT_TRUE(supervisor.ok());
  while ((*supervisor)->state().phase != SupervisedPhase::kDown) std::this_thread::yield();
  ASSERT_EQ(lines->now().size(), 2u);
  EXPECT_EQ(lines->now()[0], std::string(kMaxProgramLineBytes, 'x'));
  EXPECT_EQ(lines->now()[1], "end");
}

TEST(Supervisor, ASignalReachesTheProgramAndStoppingEndsIt) {
  auto lines = std::make_shared<Lines>();
  auto program =
      program_of({"/usr/bin/perl", "-e",
                  "$|=1; $SIG{HUP}=sub{print \"again\\n\"}; print \"up\\n\"; sleep while 1"},
                 true);
  program.on_line = [lines](std::string_view line) { lines->add(line); };
  auto supervisor = Supervisor::start(std::move(program));
  ASSERT_TRUE(supervisor.ok());
  ASSERT_TRUE((*supervisor)->wait_ready(milliseconds(10'000)).ok());
  const auto has = [&](const std::string& line) {
    const auto all = lines->now();
    return std::ranges::find(all, line) != all.end();
  };
  while (!has("up")) std::this_thread::yield();
  (*supervisor)->send(SIGHUP);
  while (!has("again")) std::this_thread::yield();
  (*supervisor)->stop();
  EXPECT_EQ((*supervisor)->state().phase, SupervisedPhase::kStopped);
}

}  // namespace
}  // namespace candor
