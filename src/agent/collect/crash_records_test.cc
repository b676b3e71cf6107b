#include "agent/collect/crash_records.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "agent/collect/crash_limits.h"
#include "base/digest.h"

namespace candor {
namespace {

Json record() {
  return Json::parse(R"({"candor_crash":1,"id":"3f0e8a7fd1f34b0b9a0c2c6f7a9be001",
    "program":"candor agent","version":"0.1.0","signal":"SIGSEGV","time":"2026-11-21T07:00:00.123Z",
    "architecture":"x86_64","frames":[{"module":"candor","build_id":"5d6c","offset":"0x2b41f2"}]})");
}

const Instant kNow = *parse_rfc3339("2026-11-21T08:00:00Z");

class CrashRecords : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& text, Millis age = Millis(0)) {
    ASSERT_TRUE(write_file(folder_.path() / name, text).ok());
    const auto time = to_unix_millis(kNow - age);
    const timeval both[2] = {{time / 1000, time % 1000 * 1000}, {time / 1000, time % 1000 * 1000}};
    ASSERT_EQ(::utimes((folder_.path() / name).c_str(), both), 0);
  }
  Json collect(std::optional<Instant> since = std::nullopt) {
    auto result = collect_crash_records({folder_.path()}, since, kNow);
    EXPECT_TRUE(result.ok());
    return result.ok() ? *result : Json::object();
  }
  std::size_t files() { return list_files(folder_.path())->size(); }

  TemporaryFolder folder_;
};

TEST_F(CrashRecords, ARecordIsReportedWithItsSignature) {
  put("a.json", record().dump());
  auto expected = record();
  expected.erase("candor_crash");
  const auto crashes = collect()["program_crashes"];
  ASSERT_EQ(crashes.size(), 1u);
  expected["signature"] = sha256_hex("candor\t5d6c\t0x2b41f2\n");
  EXPECT_EQ(nlohmann::json::parse(crashes[0].dump()), nlohmann::json::parse(expected.dump()));
}

TEST_F(CrashRecords, AnotherFolderIsReadBesides) {
  put("a.json", record().dump());
  const TemporaryFolder other;
  auto server = record();
  server["program"] = "candor server";
  server["time"] = "2026-11-21T07:30:00Z";
  ASSERT_TRUE(write_file(other.path() / "b.json", server.dump()).ok());
  ASSERT_TRUE(write_file(other.path() / "c.json", "none").ok());
  const auto both = collect_crash_records({folder_.path(), other.path()}, std::nullopt, kNow);
  ASSERT_TRUE(both.ok());
  const auto& crashes = both->at("program_crashes");
  ASSERT_EQ(crashes.size(), 2u);
  EXPECT_EQ(crashes[0]["program"], "candor agent");
  EXPECT_EQ(crashes[1]["program"], "candor server");
  EXPECT_EQ(both->at("program_crashes_damaged"), 1);
}

TEST_F(CrashRecords, NoFolderIsNoCrash) {
  const auto none = collect_crash_records({folder_.path() / "none"}, std::nullopt, kNow);
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->dump(), R"({"program_crashes":[]})");
}

TEST_F(CrashRecords, WhatIsNoRecordIsCountedAndNeverRepeated) {
  put("good.json", record().dump());
  put("text.json", "canary");
  put("large.json", std::string(kMaxCrashFileBytes + 1, ' '));
  const std::pair<const char*, Json> changes[] = {
      {"candor_crash", 2},          {"id", "canary"},
      {"program", "/home/canary"},  {"version", 3},
      {"signal", "SIGCANARY"},      {"time", "now"},
      {"architecture", "canary\n"}, {"frames", "canary"},
      {"frames", Json::array({1})}};
  int number = 0;
  for (const auto& [key, value] : changes) {
    auto changed = record();
    changed[key] = value;
    put(fmt::format("{}.json", number++), changed.dump());
    EXPECT_FALSE(crash_record(changed.dump())) << key;
  }
  for (const auto& [key, value] : {std::pair("offset", "12"), std::pair("offset", "0xg"),
                                   std::pair("build_id", "canary"), std::pair("module", "/a/b")}) {
    auto changed = record();
    changed["frames"][0][key] = value;
    EXPECT_FALSE(crash_record(changed.dump())) << key;
  }
  const auto result = collect();
  EXPECT_EQ(result["program_crashes"].size(), 1u);
  EXPECT_EQ(result["program_crashes_damaged"], 2 + number);
}

TEST_F(CrashRecords, WhatWasNoRecordBeforeIsNotCounted) {
  put("old.json", "{", std::chrono::hours(2));
  put("new.json", "{");
  EXPECT_EQ(collect(kNow - std::chrono::hours(1))["program_crashes_damaged"], 1);
  EXPECT_EQ(collect()["program_crashes_damaged"], 2);
}

TEST_F(CrashRecords, WhatAnotherProgramIsStillWritingIsLeftAlone) {
  put("a.json.new", "{");
  EXPECT_EQ(collect().dump(), R"({"program_crashes":[]})");
  EXPECT_EQ(files(), 1u);
}

TEST_F(CrashRecords, ACrashFromBeforeTheConsentIsLeftOut) {
  put("a.json", record().dump());
  EXPECT_EQ(collect(parse_rfc3339("2026-11-21T07:00:00.123Z"))["program_crashes"].size(), 1u);
  EXPECT_EQ(collect(parse_rfc3339("2026-11-21T07:00:00.124Z"))["program_crashes"].size(), 0u);
  EXPECT_EQ(files(), 1u) << "the consent may be older again tomorrow, and the file tells who looks";
}

TEST_F(CrashRecords, OldOnesAndThoseBeyondTheNewestAreRemoved) {
  put("old.json", record().dump(), kMaxCrashRecordAge + Millis(1));
  put("old.json.new", "{", kMaxCrashRecordAge + Millis(1));
  for (std::size_t i = 0; i < kMaxCrashRecords + 2; ++i) {
    auto numbered = record();
    numbered["version"] = std::to_string(i);
    put(fmt::format("{:03}.json", i), numbered.dump(), std::chrono::minutes(i));
  }
  const auto crashes = collect()["program_crashes"];
  EXPECT_EQ(crashes.size(), kMaxCrashRecords);
  EXPECT_EQ(files(), kMaxCrashRecords);
  for (const auto& crash : crashes)
    EXPECT_LT(std::stoul(crash["version"].get<std::string>()), kMaxCrashRecords);
}

}  // namespace
}  // namespace candor
