#include "server/load/crash_rows.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/stack_signature.h"
#include "server/load/limits.h"

namespace candor {
namespace {

const Instant kReported = *parse_rfc3339("2026-11-21T07:00:00Z");
const std::string kSignature(64, 'a');

std::vector<CrashRow> crashes(std::string_view body) {
  TopMembers members;
  members.read(body);
  return crashes_of(members, kReported);
}
std::vector<CrashRow> crashes(const Json& report) {
  return crashes(std::string_view(to_line(report)));
}

TEST(CrashRows, OfADaemonAreWhatItsEntryTells) {
  const auto rows = crashes({{"osd", {{"count", 3}}},
                             {"crashes",
                              {{{"crash_id", "c1"},
                                {"timestamp", "2026-11-20T05:06:07.891069Z"},
                                {"process_name", "ceph-osd"},
                                {"ceph_version", "16.2.15"},
                                {"assert_condition", "x > 0"},
                                {"backtrace", {"gsignal()", "(OSD::f()+0x1) [0x2]"}},
                                {"stack_sig", kSignature}}}}});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].crash, "c1");
  EXPECT_EQ(rows[0].signature, kSignature);
  EXPECT_EQ(rows[0].at, *parse_rfc3339("2026-11-20T05:06:07.891Z"));
  EXPECT_EQ(rows[0].program, "ceph-osd");
  EXPECT_EQ(rows[0].release, "16.2.15");
  EXPECT_EQ(rows[0].reason, "x > 0");
  EXPECT_EQ(rows[0].frames, "gsignal()\n(OSD::f()+0x1) [0x2]");
}

TEST(CrashRows, AnOldClientsCrashGetsTheSignatureThatANewOneComputes) {
  const std::vector<std::string> frames = {"gsignal()", "(OSD::f()+0x1) [0x2]"};
  const std::string message = "/a/b.cc: In function 'f' thread 1 time 2\n/a/b.cc: 3: FAILED x\n";
  const auto rows =
      crashes({{"crashes",
                {{{"crash_id", "c1"}, {"backtrace", frames}, {"assert_msg", message}},
                 {{"crash_id", "c2"}, {"backtrace", frames}, {"stack_sig", "not a signature"}},
                 {{"crash_id", "c3"}, {"stone_version", "15.2"}, {"io_error", true}}}}});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].signature, stack_signature(frames, message));
  EXPECT_EQ(rows[1].signature, stack_signature(frames, ""));
  EXPECT_EQ(rows[2].signature, "") << "no stack, no signature";
  EXPECT_EQ(rows[2].release, "15.2");
  EXPECT_EQ(rows[2].reason, "input/output error");
}

TEST(CrashRows, OfAProgramAreWhatItsRecordTells) {
  const auto rows =
      crashes({{"program_crashes",
                {{{"id", "p1"},
                  {"program", "candor agent"},
                  {"version", "0.1.0"},
                  {"signal", "SIGSEGV"},
                  {"time", "2026-11-21T06:00:00.123Z"},
                  {"signature", kSignature},
                  {"frames", {{{"module", "candor"}, {"build_id", "5d"}, {"offset", "0x2b"}}}}},
                 {{"id", "p2"}, {"signature", 7}}}}});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].crash, "p1");
  EXPECT_EQ(rows[0].signature, kSignature);
  EXPECT_EQ(rows[0].reason, "SIGSEGV");
  EXPECT_EQ(rows[0].release, "0.1.0");
  EXPECT_EQ(rows[0].frames, "candor+0x2b 5d");
  EXPECT_EQ(rows[1].signature, "");
}

TEST(CrashRows, TimesLieBetween1970AndTheReport) {
  const auto at = [](const char* text) {
    return crashes({{"crashes", {{{"crash_id", "c"}, {"timestamp", text}}}}}).at(0).at;
  };
  EXPECT_EQ(at("2027-01-01T00:00:00Z"), kReported);
  EXPECT_GE(at("1900-01-01T00:00:00Z"), Instant{});
  EXPECT_EQ(at("yesterday"), kReported);
}

TEST(CrashRows, WhatIsNoCrashIsPassedOver) {
  EXPECT_TRUE(crashes(std::string_view()).empty());
  EXPECT_TRUE(crashes(std::string_view("no JSON \"crashes\":[{")).empty());
  for (const auto& list : {Json(7), Json::array(), Json{{"id", 1}}, Json::array({1, nullptr})})
    EXPECT_TRUE(crashes({{"crashes", list}}).empty()) << list;
  EXPECT_TRUE(crashes({{"crashes", {{{"timestamp", "2026-11-20T05:06:07Z"}}}}}).empty());
  EXPECT_TRUE(crashes({{"nested", {{"crashes", {{{"crash_id", "c"}}}}}}}).empty());
}

TEST(CrashRows, OfALongListTheLastOnesAreTaken) {
  Json list = Json::array();
  for (std::size_t i = 0; i < kMaxCrashesOfReport + 2; ++i)
    list.push_back({{"crash_id", std::to_string(i)}});
  const auto rows = crashes({{"crashes", list}});
  ASSERT_EQ(rows.size(), kMaxCrashesOfReport);
  EXPECT_EQ(rows.front().crash, "2");
  EXPECT_EQ(rows.back().crash, std::to_string(kMaxCrashesOfReport + 1));
}

TEST(CrashRows, AnEndlessStackIsSignedAsFarAsItIsRead) {
  std::vector<std::string> frames;
  for (std::size_t i = 0; i <= kMaxFramesSigned; ++i) frames.push_back(std::to_string(i) + "() x");
  const auto rows = crashes({{"crashes", {{{"crash_id", "c"}, {"backtrace", frames}}}}});
  frames.pop_back();
  EXPECT_EQ(rows.at(0).signature, stack_signature(frames, ""));
}

TEST(CrashRows, AStackIsHeldToSoManyLinesOfSoManyBytes) {
  Json frames = Json::array();
  for (int i = 0; i < 100; ++i) frames.push_back("a\nb" + std::string(1000, '\xc3') + "\xa4");
  frames[0] = "a\nb" + std::string(kMaxFrameBytes - 4, 'x') + "\xc3\xa4";
  const auto rows = crashes({{"crashes", {{{"crash_id", "c"}, {"backtrace", frames}}}}});
  const auto& text = rows.at(0).frames;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), std::ptrdiff_t{kMaxFramesShown} - 1);
  EXPECT_EQ(text.substr(0, text.find('\n')), "a b" + std::string(kMaxFrameBytes - 4, 'x'));
}

}  // namespace
}  // namespace candor
