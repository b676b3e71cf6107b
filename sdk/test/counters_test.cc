#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <thread>

#include "fixture.h"

namespace {

int full_disk = -1;  // how many more times space is found; -1: always

}  // namespace

// In place of the C library's (the linker's --wrap).
extern "C" int __real_posix_fallocate(int file, off_t from, off_t bytes);
extern "C" int __wrap_posix_fallocate(int file, off_t from, off_t bytes) {
  if (full_disk == 0) return ENOSPC;
  if (full_disk > 0) --full_disk;
  return __real_posix_fallocate(file, from, bytes);
}

namespace candor::sdk {
namespace {

using Counters = LibraryTest;

TEST_F(Counters, AreInTheRing) {
  in_process([&] {
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    EXPECT_NE(exports.declaration, 0u);
    for (int i = 0; i < 1000; ++i) candor_add(telemetry, exports, 2);
  });
  EXPECT_EQ(counted(), 2000u);
}

TEST_F(Counters, HistogramsCountByBound) {
  in_process([&] {
    auto* telemetry = start();
    const auto sync = candor_find_histogram(telemetry, "timings.sync");
    for (const double value : {0.05, 0.1, 0.5, 1.5, 100.0, 200.0})
      candor_observe(telemetry, &sync, value);
    candor_observe(telemetry, &sync, std::nan(""));
  });
  const auto bytes = ring();
  const auto counts = library::RingView::open(bytes)->counts();
  ASSERT_EQ(counts.size(), 1u);
  EXPECT_EQ(counts[0].counts, (std::vector<std::uint64_t>{2, 1, 1, 2}));
  EXPECT_DOUBLE_EQ(counts[0].sum, 302.15);
}

TEST_F(Counters, WhatIsNotDeclaredIsNothing) {
  in_process([&] {
    auto* telemetry = start();
    EXPECT_EQ(candor_find_counter(telemetry, "usage.imports").declaration, 0u);
    EXPECT_EQ(candor_find_counter(telemetry, "timings.sync").declaration, 0u) << "a histogram";
    EXPECT_EQ(candor_find_counter(telemetry, nullptr).declaration, 0u);
    candor_add(telemetry, candor_find_counter(telemetry, "usage.imports"), 1);
    candor_add(nullptr, {1, 1}, 1);
    const auto none = candor_find_histogram(telemetry, "no");
    candor_observe(telemetry, &none, 1);
  });
  EXPECT_TRUE(rings().empty()) << "nothing was recorded, so there is no file";
}

TEST_F(Counters, OffReachesARunningProgramAndOnAgain) {
  int ready[2], go[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(go), 0);
  const auto child = begin_process([&] {
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    char c = 0;
    for (int i = 0; i < 3; ++i) {
      candor_add(telemetry, exports, 1);
      EXPECT_EQ(write(ready[1], "r", 1), 1);
      EXPECT_EQ(read(go[0], &c, 1), 1);
    }
  });
  char c = 0;
  for (const std::uint8_t flag : {0, 1, 1}) {
    ASSERT_EQ(read(ready[0], &c, 1), 1);
    set_flags(flag);
    ASSERT_EQ(write(go[1], "g", 1), 1);
  }
  EXPECT_EQ(status_of(child), 0);
  EXPECT_EQ(counted(), 2u) << "the second one came while it was off";
}

TEST_F(Counters, WithoutASwitchOrBySomebodysWordItIsOff) {
  const auto records_nothing = [&] {
    in_process([&] {
      auto* telemetry = start();
      ASSERT_NE(telemetry, nullptr);
      EXPECT_EQ(candor_find_counter(telemetry, "usage.exports").declaration, 0u);
      EXPECT_EQ(candor_record(telemetry, 3, nullptr, 0), CANDOR_OFF);
      candor_stop(telemetry);
    });
    EXPECT_TRUE(rings().empty());
  };
  setenv("DO_NOT_TRACK", "1", 1);
  records_nothing();
  unsetenv("DO_NOT_TRACK");
  for (const char* said : {"off", "OFF", "0", "false", "local"}) {
    setenv("CANDOR_TELEMETRY", said, 1);
    records_nothing();
  }
  unsetenv("CANDOR_TELEMETRY");
  auto bytes = bytes_of(folder() / "switch");
  for (const std::string& other :
       {bytes.substr(0, 20), "x" + bytes, bytes.substr(0, 8) + "\2" + bytes.substr(9),
        bytes.substr(0, bytes.size() - 1), std::string()}) {
    std::ofstream(folder() / "switch", std::ios::binary) << other;
    records_nothing();
  }
  write_switch("product\tother\ncontract\tc\n", {});
  records_nothing();
  write_switch(kText, std::vector<std::uint8_t>(kDeclarations - 1, 1));
  records_nothing();
  std::filesystem::remove(folder() / "switch");
  records_nothing();
}

// Records a little of everything where no ring can be made.
void record_in_vain(candor_telemetry* telemetry) {
  const auto exports = candor_find_counter(telemetry, "usage.exports");
  const auto sync = candor_find_histogram(telemetry, "timings.sync");
  EXPECT_NE(exports.declaration, 0u);
  errno = EAGAIN;
  for (int i = 0; i < 100; ++i) candor_add(telemetry, exports, 1);
  EXPECT_EQ(errno, EAGAIN) << "the program's own";
  candor_observe(telemetry, &sync, 1);
  candor_observe(telemetry, nullptr, 1);
  EXPECT_EQ(candor_record(telemetry, candor_find_event(telemetry, "exported"), nullptr, 0),
            CANDOR_DROPPED);
  candor_run run;
  EXPECT_EQ(candor_begin(telemetry, candor_find_event(telemetry, "command"), nullptr, 0, &run),
            CANDOR_DROPPED);
  candor_end(&run, CANDOR_COMPLETED);
}

TEST_F(Counters, AFolderThatCannotBeWrittenIsNoTrouble) {
  chmod(state_.c_str(), 0755);
  chmod((folder() / "switch").c_str(), 0644);
  chmod(folder().c_str(), 0555);
  in_process([&] {
    constexpr uid_t kNobody = 65534;  // root may write anywhere
    if (geteuid() == 0) {
      EXPECT_EQ(setuid(kNobody), 0);
    }
    record_in_vain(start());
  });
  chmod(folder().c_str(), 0700);
  EXPECT_TRUE(rings().empty());
}

TEST_F(Counters, ALimitOfFilesIsNoTrouble) {
  in_process([&] {
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 100'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    record_in_vain(start());
  });
  EXPECT_TRUE(rings().empty());
}

TEST_F(Counters, AFullDiskIsNoTrouble) {
  in_process([&] {
    full_disk = 0;
    record_in_vain(start());
  });
  EXPECT_TRUE(rings().empty()) << "nothing half made stays";
  // Space for the ring, and none for the block of a thread: all share the one that is there.
  in_process([&] {
    full_disk = 1;
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    for (int i = 0; i < 100; ++i) candor_add(telemetry, exports, 1);
    EXPECT_EQ(candor_record(telemetry, candor_find_event(telemetry, "exported"), nullptr, 0),
              CANDOR_OK);
  });
  EXPECT_EQ(counted(), 100u);
}

TEST_F(Counters, TooManyRingsAreNotMade) {
  for (int i = 0; i < 1'000; ++i) std::ofstream(folder() / std::to_string(i));
  in_process([&] { record_in_vain(start()); });
  EXPECT_EQ(rings().size(), 1'000u);
}

TEST_F(Counters, AProgramThatClosesWhatItDoesNotKnowLosesNoFile) {
  const auto own = state_ / "own";
  in_process([&] {
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    candor_add(telemetry, exports, 1);
    close_range(3, ~0u, 0);
    // The program's own file gets the number that the ring had.
    int file = open(own.c_str(), O_RDWR | O_CREAT, 0600);
    while (file < 64) file = dup(file);
    EXPECT_EQ(write(file, "mine", 4), 4);
    std::thread([&] { candor_add(telemetry, exports, 1); }).join();
    EXPECT_EQ(status_of(begin_process([&] { candor_add(telemetry, exports, 1); })), 0);
    EXPECT_EQ(write(file, "!", 1), 1) << "it is still open";
  });
  EXPECT_EQ(bytes_of(own), "mine!");
  EXPECT_EQ(counted(), 3u);
}

TEST_F(Counters, ANumberOfAnotherProductRecordsNothing) {
  const auto other = state_ / "other";
  std::filesystem::create_directories(other / "library");
  std::ofstream(other / "library/switch", std::ios::binary) << library::make_switch(
      "product\tsmall\ncontract\tc\nevent\te\n", std::vector<std::uint8_t>{1});
  in_process([&] {
    auto* telemetry = start();
    const auto state = other.string();
    const candor_options options{sizeof options, "small", state.c_str()};
    auto* small = candor_start(&options);
    EXPECT_NE(small, telemetry);
    EXPECT_EQ(candor_record(small, candor_find_event(telemetry, "command"), nullptr, 0),
              CANDOR_OFF);
    EXPECT_EQ(candor_record(small, 5'000, nullptr, 0), CANDOR_OFF);
    candor_run run;
    EXPECT_EQ(candor_begin(small, 5'000, nullptr, 0, &run), CANDOR_OFF);
    EXPECT_EQ(candor_record(small, candor_find_event(small, "e"), nullptr, 0), CANDOR_OK);
  });
}

TEST_F(Counters, StoppedMeansOffAndStartedAgainOn) {
  in_process([&] {
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    candor_add(telemetry, exports, 1);
    candor_stop(telemetry);
    candor_add(telemetry, exports, 10);
    EXPECT_EQ(start(), telemetry);
    candor_add(telemetry, exports, 100);
  });
  EXPECT_EQ(counted(), 101u);
}

TEST_F(Counters, ManyThreadsAtOnceAndOneAfterTheOther) {
  in_process([&] {
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    const auto sync = candor_find_histogram(telemetry, "timings.sync");
    const auto work = [&] {
      for (int i = 0; i < 1000; ++i) {
        candor_add(telemetry, exports, 1);
        candor_observe(telemetry, &sync, 1);
      }
    };
    for (int i = 0; i < 100; ++i) std::thread(work).join();
    // More of them than there are blocks, all alive until the last has worked.
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 100; ++i) {
      threads.emplace_back([&] {
        work();
        ++done;
        done.notify_all();
        for (int now = done; now < 100; now = done) done.wait(now);
      });
    }
    for (auto& thread : threads) thread.join();
  });
  EXPECT_EQ(counted(), 200'000u);
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  EXPECT_EQ(view->header().blocks, view->header().most_blocks);
  ASSERT_EQ(view->counts().size(), 2u);
  EXPECT_EQ(view->counts()[1].counts[1], 200'000u);
  EXPECT_DOUBLE_EQ(view->counts()[1].sum, 200'000);
}

TEST_F(Counters, ThreadsThatEndedLeaveTheirBlocks) {
  in_process([&] {
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    for (int i = 0; i < 1000; ++i) {
      std::thread([&] { candor_add(telemetry, exports, 1); }).join();
    }
  });
  EXPECT_EQ(counted(), 1000u);
  const auto bytes = ring();
  EXPECT_EQ(library::RingView::open(bytes)->header().blocks, 2u);
}

TEST_F(Counters, AForkedChildHasARingOfItsOwn) {
  in_process([&] {
    auto* telemetry = start();
    const auto exports = candor_find_counter(telemetry, "usage.exports");
    candor_add(telemetry, exports, 1);
    const auto child = begin_process([&] {
      for (int i = 0; i < 1000; ++i) candor_add(telemetry, exports, 10);
    });
    for (int i = 0; i < 1000; ++i) candor_add(telemetry, exports, 1);
    EXPECT_EQ(status_of(child), 0);
  });
  EXPECT_EQ(rings().size(), 2u);
  EXPECT_EQ(counted(), 11'001u);
}

TEST_F(Counters, AKillLosesNoIncrement) {
  struct Witness {
    std::atomic<std::uint64_t> made;
  };
  auto* const witness = static_cast<Witness*>(
      mmap(nullptr, sizeof(Witness), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(witness, MAP_FAILED);
  for (int round = 0; round < 50; ++round) {
    witness->made = 0;
    const auto child = begin_process([&] {
      auto* telemetry = start();
      const auto exports = candor_find_counter(telemetry, "usage.exports");
      for (;;) {
        candor_add(telemetry, exports, 1);
        witness->made.fetch_add(1);
      }
    });
    const auto until = static_cast<std::uint64_t>(1 + round * round * 20);
    while (witness->made < until) std::this_thread::yield();
    kill(child, SIGKILL);
    EXPECT_EQ(WTERMSIG(status_of(child)), SIGKILL);
    const auto made = witness->made.load(), there = counted();
    EXPECT_GE(there, made);
    EXPECT_LE(there, made + 1);
    for (const auto& file : rings()) std::filesystem::remove(file);
  }
  munmap(witness, sizeof(Witness));
}

}  // namespace
}  // namespace candor::sdk
