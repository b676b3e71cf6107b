#include "base/crash_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash_text.h"
#include "base/json.h"

namespace candor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Runs `crash` in a process of its own, which records into `folder`; how the process ended.
template <typename Crash>
int status_after(const Path& folder, bool keep, Crash crash) {
  const pid_t child = ::fork();
  if (child == 0) {
    // A sanitizer's own handlers would be called.
    for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE}) ::signal(signal, SIG_DFL);
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    if (!record_crashes(folder, "canary \"test\"", "1.2.3").ok()) ::_exit(1);
    keep_crash_records(keep);
    crash();
    ::_exit(2);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

Json record_in(const Path& folder) {
  const auto names = list_files(folder);
  EXPECT_TRUE(names.ok());
  if (!names.ok() || names->size() != 1) return Json();
  EXPECT_THAT(names->front(), ::testing::EndsWith(".json"));
  const auto text = read_file(folder / names->front());
  const auto json = text.ok() ? parse_json(*text) : Result<Json>(Json());
  EXPECT_TRUE(json.ok());
  return json.ok() ? *json : Json();
}

TEST(CrashRecorder, EachFatalSignalLeavesARecordAndEndsTheProcessAsBefore) {
  const std::pair<int, const char*> signals[] = {{SIGSEGV, "SIGSEGV"},
                                                 {SIGABRT, "SIGABRT"},
                                                 {SIGBUS, "SIGBUS"},
                                                 {SIGILL, "SIGILL"},
                                                 {SIGFPE, "SIGFPE"}};
  for (const auto& [number, name] : signals) {
    const TemporaryFolder folder;
    const auto before = system_clock().now();
    const int status =
        status_after(folder.path() / "crashes", true, [number = number] { ::raise(number); });
    ASSERT_TRUE(WIFSIGNALED(status)) << name;
    EXPECT_EQ(WTERMSIG(status), number);
    const auto record = record_in(folder.path() / "crashes");
    EXPECT_EQ(integer_member(record, "candor_crash"), 1);
    EXPECT_EQ(string_member(record, "id").size(), 32u);
    EXPECT_EQ(string_member(record, "program"), "canary _test_");
    EXPECT_EQ(string_member(record, "version"), "1.2.3");
    EXPECT_EQ(string_member(record, "signal"), name);
    const auto time = parse_rfc3339(string_member(record, "time"));
    ASSERT_TRUE(time);
    EXPECT_GE(*time, before);
    EXPECT_LE(*time, system_clock().now());
    ASSERT_NE(find_member(record, "frames"), nullptr);
    const auto& frames = record["frames"];
    ASSERT_GT(frames.size(), 2u);
    const auto itself = std::filesystem::read_symlink("/proc/self/exe").filename().string();
    bool own = false;
    for (const auto& frame : frames) {
      own = own ||
            (string_member(frame, "module") == itself && string_member(frame, "offset").size() > 3);
    }
    EXPECT_TRUE(own) << record.dump(1);
    EXPECT_THAT(record.dump(), Not(HasSubstr("/")));
  }
}

TEST(CrashRecorder, NothingIsLeftWhereNothingIsToBeKept) {
  const TemporaryFolder folder;
  const int status = status_after(folder.path() / "crashes", false, [] { ::raise(SIGSEGV); });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "crashes"));
}

TEST(CrashRecorder, AFolderThatCannotBeMadeChangesNothingAboutTheEnd) {
  const TemporaryFolder folder;
  const int status = status_after(folder.path() / "none" / "crashes", true, [] { ::abort(); });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
}

TEST(CrashText, WritesTimesAsTheyAreWrittenElsewhere) {
  for (const std::int64_t ms :
       {0LL, 951'782'400'000LL, 1'709'164'799'999LL, 1'795'244'400'123LL, 4'102'444'799'001LL}) {
    char buffer[64];
    CrashText text(buffer, sizeof buffer);
    text.add_time(ms / 1000, ms % 1000);
    EXPECT_EQ(parse_rfc3339(text.c_str()), from_unix_millis(ms)) << text.c_str();
    CrashText name(buffer, sizeof buffer);
    name.add_file_time(ms / 1000);
    EXPECT_EQ(std::string_view(name.c_str()).size(), 16u);
  }
}

TEST(CrashText, WhatDoesNotFitIsCut) {
  char buffer[6];
  CrashText text(buffer, sizeof buffer);
  text.add("abc");
  text.add_hex(0x1234);
  EXPECT_STREQ(text.c_str(), "abc12");
  EXPECT_EQ(text.size(), 5u);
}

}  // namespace
}  // namespace candor
