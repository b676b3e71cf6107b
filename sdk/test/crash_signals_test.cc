// What a crash is to a program that lives on the signals itself: stacks, handlers, memory.
#include <pthread.h>

#include <atomic>
#include <climits>
#include <csetjmp>
#include <cstdlib>

#include "crash_fixture.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CANDOR_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CANDOR_SANITIZED 1
#endif

#ifndef CANDOR_SANITIZED
namespace {

std::atomic<bool> may_allocate = true;
constexpr int kAllocated = 77;

void count_allocation() {
  if (!may_allocate) _exit(kAllocated);
}

}  // namespace

// What the C library and the unwinder ask for comes here, too.
extern "C" void* __libc_malloc(std::size_t);
extern "C" void* __libc_calloc(std::size_t, std::size_t);
extern "C" void* __libc_realloc(void*, std::size_t);
extern "C" void* malloc(std::size_t bytes) {
  count_allocation();
  return __libc_malloc(bytes);
}
extern "C" void* calloc(std::size_t count, std::size_t bytes) {
  count_allocation();
  return __libc_calloc(count, bytes);
}
extern "C" void* realloc(void* memory, std::size_t bytes) {
  count_allocation();
  return __libc_realloc(memory, bytes);
}
#endif

namespace candor::sdk {
namespace {

using CrashSignals = Crashes;

constexpr int kHandled = 42;
void end_by_handler(int, siginfo_t* info, void* context) {
  _exit(info->si_addr == nullptr && info->si_code == SEGV_MAPERR && context != nullptr ? kHandled
                                                                                       : 1);
}

TEST_F(CrashSignals, AHandlerThatWasThereIsCalledWithAllThatItWouldHaveBeenTold) {
  const int status = after([&] {
    struct sigaction own {};
    own.sa_sigaction = end_by_handler;
    own.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &own, nullptr);
    record();
    write_nowhere();
  });
  EXPECT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), kHandled);
  EXPECT_TRUE(has(only_record(), "SIGSEGV"));
}

sigjmp_buf host_back;
void go_on(int) { siglongjmp(host_back, 1); }

TEST_F(CrashSignals, AHandlerThatGoesOnGoesOn) {
  in_process([&] {
    std::signal(SIGSEGV, go_on);
    record();
    for (int i = 0; i < 3; ++i) {
      if (sigsetjmp(host_back, 1) == 0) write_nowhere();
    }
  });
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(CrashSignals, ASignalThatIsIgnoredStaysSo) {
  in_process([&] {
    std::signal(SIGFPE, SIG_IGN);
    record();
    raise(SIGFPE);
  });
  EXPECT_TRUE(files().empty());
}

TEST_F(CrashSignals, TheHostsStackForSignalsStays) {
  static char own[64 << 10];
  in_process([&] {
    const stack_t wanted{own, 0, sizeof own};
    sigaltstack(&wanted, nullptr);
    record();
    stack_t is{};
    sigaltstack(nullptr, &is);
    EXPECT_EQ(is.ss_sp, own);
  });
}

#ifndef CANDOR_SANITIZED
// Its frames are so large that the last one does not come into reach of the guard page by chance.
[[gnu::noinline]] int overflow(int depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(depth);
  return depth == INT_MAX ? 0 : overflow(depth + 1) + frame[0];
}

TEST_F(CrashSignals, AStackThatOverflowedIsTold) {
  expect_ended_by(after([&] {
                    record();
                    overflow(0);
                  }),
                  SIGSEGV);
  EXPECT_EQ(frames_of(only_record()), 64u);
}

// Runs `body` in a thread of the smallest stack.
void in_small_thread(void (*body)()) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EXPECT_EQ(pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN), 0);
  pthread_t thread;
  const auto run = [](void* what) -> void* {
    reinterpret_cast<void (*)()>(what)();
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, run, reinterpret_cast<void*>(body)), 0);
  pthread_join(thread, nullptr);
}

TEST_F(CrashSignals, OfAThreadWithASmallStackAsWell) {
  expect_ended_by(after([&] {
                    record();
                    in_small_thread(write_nowhere);
                  }),
                  SIGSEGV);
  EXPECT_GT(frames_of(only_record()), 1u);
}

TEST_F(CrashSignals, AThreadWithoutAStackForSignalsThatOverflowsEndsTheProcessAsItWould) {
  expect_ended_by(after([&] {
                    record();
                    in_small_thread([] { overflow(0); });
                  }),
                  SIGSEGV);
  EXPECT_TRUE(files().empty());
}

TEST_F(CrashSignals, NothingIsAllocatedAtTheCrash) {
  expect_ended_by(after([&] {
                    record();
                    may_allocate = false;
                    write_nowhere();
                  }),
                  SIGSEGV);
  EXPECT_GT(frames_of(only_record()), 2u);
  const int status = after([] {
    may_allocate = false;
    std::free(std::malloc(1));
  });
  EXPECT_EQ(WEXITSTATUS(status), kAllocated) << "an allocation would not be seen";
}
#endif

// A sanitizer of threads looks at the stack itself.
#if defined(__x86_64__) && !defined(CANDOR_SANITIZED)
// There is no stack where the unwinder looks for one.
[[gnu::noinline]] void crash_without_stack() {
  asm volatile("mov $0x1000, %rsp; mov %rsp, %rbp; ud2");
}

TEST_F(CrashSignals, ACrashWhileItIsRecordedLeavesWhatIsKnownAndTheFirstSignal) {
  expect_ended_by(after([&] {
                    record();
                    crash_without_stack();
                  }),
                  SIGILL);
  const auto text = only_record();
  EXPECT_TRUE(has(text, "SIGILL"));
  EXPECT_EQ(frames_of(text), 1u) << text;
}
#endif

}  // namespace
}  // namespace candor::sdk
