#include "base/stack_signature.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

const std::vector<std::string> kBacktrace = {
    "/lib/libpthread.so.0(+0x12b20) [0x7f]", "gsignal()", "abort()",
    "(ceph::__ceph_assert_fail(char const*, char const*, int, char const*)+0x1a9) [0x55]",
    "(OSD::handle()+0x12) [0x56]"};
const std::string kMessage =
    "/a/b.cc: In function 'void f()' thread 7f00 time 2026-01-02T03:04:05.6\n"
    "/a/b.cc: 12: FAILED ceph_assert(x)\n";

// Computed by the crash module of a real manager, 16.2.15.
TEST(StackSignature, IsWhatTheRealManagerComputed) {
  EXPECT_EQ(stack_signature(kBacktrace, kMessage),
            "e5a35c15da5152377ac66fd68f6b1cf28abfdee8f6b3f7348cd2119d3e79672b");
}

// The same, of a daemon that was stopped by a signal: an entry that a real OSD wrote.
TEST(StackSignature, OfACrashWithoutAnAssertionIsTheStacksAlone) {
  const std::vector<std::string> backtrace = {
      "/lib/x86_64-linux-gnu/libc.so.6(+0x3c050) [0x7f057a65a050]",
      "/lib/x86_64-linux-gnu/libc.so.6(+0x85f16) [0x7f057a6a3f16]",
      "pthread_cond_wait()",
      "(AsyncMessenger::wait()+0x5f) [0x55852841528f]",
      "main()",
      "/lib/x86_64-linux-gnu/libc.so.6(+0x2724a) [0x7f057a64524a]",
      "__libc_start_main()",
      "_start()"};
  EXPECT_EQ(stack_signature(backtrace, ""),
            "091cd39f8b3a3b179d72b5202dd4b2ac63908954942f58b3c9f54a911c04b11f");
}

TEST(StackSignature, FramesLoseAddressEndsAndOffset) {
  EXPECT_EQ(signed_part_of_frame(kBacktrace[0]), "lib/libpthread.so.0(");
  EXPECT_EQ(signed_part_of_frame("gsignal()"), "signal(");
  EXPECT_EQ(signed_part_of_frame("(OSD::handle()+0x12) [0x56]"), "OSD::handle()");
  EXPECT_EQ(signed_part_of_frame(""), "");
  EXPECT_EQ(signed_part_of_frame("x"), "");
  EXPECT_EQ(signed_part_of_frame(" "), "");
  EXPECT_EQ(signed_part_of_frame("\u00e4b\u00f6 [0x1]"), "b");
}

TEST(StackSignature, AMessageThatIsNoAssertionsAddsNothing) {
  EXPECT_EQ(signed_part_of_message(kMessage),
            "/a/b.cc: In function 'void f()': FAILED ceph_assert(x)");
  for (const auto* message : {"", "\n", "out of memory\n", " thread 1 time 2", " thread  time : ",
                              "time thread : \n", " thread time : x\n", "a thread b time c:d\n"}) {
    EXPECT_EQ(signed_part_of_message(message), "") << message;
    EXPECT_EQ(stack_signature(kBacktrace, message), stack_signature(kBacktrace, "")) << message;
  }
  EXPECT_EQ(signed_part_of_message("a thread  time : \n"), "a: ");
}

}  // namespace
}  // namespace candor
