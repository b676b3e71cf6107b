// What is in a crash record, when there is one, and where.
#include <dlfcn.h>

#include <atomic>
#include <candor/candor.hpp>
#include <cerrno>
#include <thread>

#include "base/limits.h"
#include "crash_fixture.h"

namespace {

std::atomic<bool> is_disk_full = false;

}  // namespace

// In place of the C library's (the linker's --wrap).
extern "C" ssize_t __real_write(int file, const void* bytes, std::size_t count);
extern "C" ssize_t __wrap_write(int file, const void* bytes, std::size_t count) {
  if (!is_disk_full) return __real_write(file, bytes, count);
  errno = ENOSPC;
  return -1;
}

namespace candor::sdk {
namespace {

constexpr const char* kCanary = "canary-7c1e";

TEST_F(Crashes, EachFatalSignalLeavesARecordAndTheStatusThatItWouldHaveBeen) {
  const std::pair<int, std::string> signals[] = {{SIGSEGV, "SIGSEGV"},
                                                 {SIGABRT, "SIGABRT"},
                                                 {SIGBUS, "SIGBUS"},
                                                 {SIGILL, "SIGILL"},
                                                 {SIGFPE, "SIGFPE"}};
  for (const auto& [number, name] : signals) {
    std::filesystem::remove_all(crashes());
    const int status = after([&, number = number] {
      record();
      raise(number);
    });
    expect_ended_by(status, number);
    const auto text = only_record();
    EXPECT_TRUE(text.starts_with("{\"candor_crash\":1,\"id\":\"")) << text;
    EXPECT_TRUE(has(text, "\"program\":\"acme _serve_\",\"version\":\"1.2.3\"")) << text;
    EXPECT_TRUE(has(text, "\"signal\":\"" + name + "\"")) << text;
    EXPECT_TRUE(has(text, std::filesystem::read_symlink("/proc/self/exe").filename())) << text;
    EXPECT_GT(frames_of(text), 2u);
    EXPECT_FALSE(has(text, "/"));
  }
}

TEST_F(Crashes, ARealFaultAndAnAbortAsWell) {
  expect_ended_by(after([&] {
                    record();
                    write_nowhere();
                  }),
                  SIGSEGV);
  EXPECT_TRUE(has(only_record(), "SIGSEGV"));
  std::filesystem::remove_all(crashes());
  expect_ended_by(after([&] {
                    record();
                    std::abort();
                  }),
                  SIGABRT);
  EXPECT_TRUE(has(only_record(), "SIGABRT"));
}

TEST_F(Crashes, WhatTheProcessHoldsIsNotInTheRecord) {
  const int status = after([&] {
    setenv("CANARY", kCanary, 1);
    char name[16];
    std::snprintf(name, sizeof name, "%s", kCanary);
    pthread_setname_np(pthread_self(), name);
    std::string heap(200'000, ' ');
    volatile char stack[64];
    for (std::size_t i = 0; i < 64; ++i) stack[i] = kCanary[i % 11];
    heap += kCanary;
    record();
    write_nowhere();
    EXPECT_NE(stack[0], heap[0]);
  });
  expect_ended_by(status, SIGSEGV);
  EXPECT_FALSE(has(only_record(), "canary"));
}

TEST_F(Crashes, WhileItIsOffNothingIsLeft) {
  const auto crash_after = [&](const auto& before) {
    expect_ended_by(after([&] {
                      before();
                      raise(SIGSEGV);
                    }),
                    SIGSEGV);
    EXPECT_FALSE(std::filesystem::exists(crashes()));
  };
  crash_after([&] {
    record();
    set_flag(0);
  });
  say(0);
  crash_after([&] { record(CANDOR_OFF); });
  say(1);
  crash_after([&] { candor_stop(record()); });
  crash_after([&] {
    setenv("DO_NOT_TRACK", "1", 1);
    record(CANDOR_OFF);
  });
  write_switch("product\tacme\ncontract\tc0ffee\ncounter\tusage.exports\n", {1});
  crash_after([&] { record(CANDOR_OFF); });
  // Nobody asked for it.
  say(1);
  crash_after([&] { start(); });
}

TEST_F(Crashes, AnOnReachesAProcessThatAsked) {
  say(0);
  expect_ended_by(after([&] {
                    record(CANDOR_OFF);
                    set_flag(1);
                    raise(SIGSEGV);
                  }),
                  SIGSEGV);
  only_record();
}

TEST_F(Crashes, WhatIsMisusedIsToldAndDoesNothing) {
  in_process([&] {
    auto* const telemetry = start();
    const candor_crash_options options{sizeof options, "acme", "1"};
    const candor_crash_options nameless{sizeof options, nullptr, "1"};
    const candor_crash_options short_one{1, "acme", "1"};
    struct sigaction before {};
    sigaction(SIGFPE, nullptr, &before);
    EXPECT_EQ(candor_record_crashes(nullptr, &options), CANDOR_MISUSED);
    EXPECT_EQ(candor_record_crashes(telemetry, nullptr), CANDOR_MISUSED);
    EXPECT_EQ(candor_record_crashes(telemetry, &nameless), CANDOR_MISUSED);
    EXPECT_EQ(candor_record_crashes(telemetry, &short_one), CANDOR_MISUSED);
    struct sigaction now {};
    sigaction(SIGFPE, nullptr, &now);
    EXPECT_EQ(now.sa_handler, before.sa_handler);
    EXPECT_EQ(Telemetry("acme", state_.c_str()).record_crashes("acme", "1"), CANDOR_OK);
  });
}
TEST_F(Crashes, AForkedChildLeavesOneOfItsOwn) {
  expect_ended_by(after([&] {
                    record();
                    expect_ended_by(status_of(begin_process([] { raise(SIGBUS); })), SIGBUS);
                    expect_ended_by(status_of(begin_process([] { raise(SIGBUS); })), SIGBUS);
                    raise(SIGSEGV);
                  }),
                  SIGSEGV);
  const auto found = files();
  ASSERT_EQ(found.size(), 3u);
  const auto id = [](const auto& file) { return bytes_of(file).substr(24, 32); };
  EXPECT_NE(id(found[0]), id(found[1]));
  EXPECT_NE(id(found[1]), id(found[2]));
}

TEST_F(Crashes, ThreadsThatCrashTogetherLeaveOneRecord) {
  const int status = after([&] {
    record();
    std::atomic<int> ready = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (++ready; ready < 4;) std::this_thread::yield();
        write_nowhere();
      });
    }
    for (auto& thread : threads) thread.join();
  });
  expect_ended_by(status, SIGSEGV);
  only_record();
}

TEST_F(Crashes, AFolderThatCannotBeWrittenIsNoTrouble) {
  std::ofstream(crashes()) << "a file\n";
  expect_ended_by(after([&] {
                    record();
                    raise(SIGABRT);
                  }),
                  SIGABRT);
  EXPECT_EQ(bytes_of(crashes()), "a file\n");
}

TEST_F(Crashes, AFullDiskAndALimitOfFilesLeaveNothing) {
  expect_ended_by(after([&] {
                    record();
                    is_disk_full = true;
                    raise(SIGSEGV);
                  }),
                  SIGSEGV);
  EXPECT_TRUE(files().empty());
  expect_ended_by(after([&] {
                    record();
                    const rlimit small{64, 64};
                    setrlimit(RLIMIT_FSIZE, &small);
                    raise(SIGSEGV);
                  }),
                  SIGSEGV);
  EXPECT_TRUE(files().empty());
}

TEST_F(Crashes, WhatRootLeavesIsTheAgents) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  constexpr uid_t kAgent = 1234;
  ASSERT_EQ(chown(state_.c_str(), kAgent, kAgent), 0);
  expect_ended_by(after([&] {
                    record();
                    raise(SIGSEGV);
                  }),
                  SIGSEGV);
  only_record();
  for (const auto& made : {crashes(), files().at(0)}) {
    struct stat status {};
    EXPECT_EQ(stat(made.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, kAgent) << made;
  }
}

TEST_F(Crashes, AProgramThatCrashesAgainAndAgainFillsNoDisk) {
  std::filesystem::create_directory(crashes());
  for (std::size_t i = 1; i < kMaxCrashFolderEntries; ++i)
    std::ofstream(crashes() / (std::to_string(i) + ".json")) << "{}";
  for (int i = 0; i < 3; ++i) {
    expect_ended_by(after([&] {
                      record();
                      raise(SIGSEGV);
                    }),
                    SIGSEGV);
    EXPECT_EQ(files().size(), kMaxCrashFolderEntries);
  }
}

TEST_F(Crashes, AProgramThatWentElsewhereLeavesItWhereItWas) {
  expect_ended_by(after([&] {
                    std::filesystem::current_path(state_);
                    const candor_options options{sizeof options, "acme", "."};
                    const candor_crash_options crash{sizeof crash, "acme", "1"};
                    EXPECT_EQ(candor_record_crashes(candor_start(&options), &crash), CANDOR_OK);
                    std::filesystem::current_path("/");
                    raise(SIGSEGV);
                  }),
                  SIGSEGV);
  only_record();
}

TEST_F(Crashes, ALibraryThatIsLoadedLaterHasItsName) {
  expect_ended_by(after([&] {
                    record();
                    void* const library = dlopen("libz.so.1", RTLD_NOW);
                    if (library == nullptr) _exit(1);
                    using Checksum = unsigned long (*)(unsigned long, const char*, unsigned);
                    reinterpret_cast<Checksum>(dlsym(library, "crc32"))(
                        0, reinterpret_cast<const char*>(8), 64);
                  }),
                  SIGSEGV);
  const auto text = only_record();
  const auto at = text.find("{\"module\":\"libz.so.1");
  ASSERT_NE(at, text.npos) << text;
  EXPECT_FALSE(text.substr(at).starts_with("{\"module\":\"libz.so.1\",\"build_id\":\"\"")) << text;
}

TEST_F(Crashes, TheNewestOptionsCount) {
  expect_ended_by(after([&] {
                    auto* const telemetry = record();
                    const candor_crash_options newer{sizeof newer, "acme", "2.0.0"};
                    for (int i = 0; i < 3; ++i)
                      EXPECT_EQ(candor_record_crashes(telemetry, &newer), CANDOR_OK);
                    raise(SIGSEGV);
                  }),
                  SIGSEGV);
  EXPECT_TRUE(has(only_record(), "\"version\":\"2.0.0\""));
}

}  // namespace
}  // namespace candor::sdk
