#include "agent/collect/ceph_crashes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/collect/ceph_limits.h"
#include "base/digest.h"

namespace candor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSalt = "salt";

// An entry as a real OSD of 16.2.15 wrote it, with canaries for what names the host.
Json entry() {
  return Json::parse(R"json({
    "assert_condition": "r >= 0",
    "assert_file": "./src/os/memstore/MemStore.cc",
    "assert_func": "virtual void MemStore::set_fsid(uuid_d)",
    "assert_line": 174,
    "assert_msg": "./src/os/memstore/MemStore.cc: In function 'virtual void MemStore::set_fsid(uuid_d)' thread 7f53c4e1f1c0 time 2026-11-21T10:59:40.520840+0000\n./src/os/memstore/MemStore.cc: 174: FAILED ceph_assert(r >= 0)\n",
    "assert_thread_name": "ceph-osd",
    "backtrace": [
        "/lib/x86_64-linux-gnu/libc.so.6(+0x3c050) [0x7f53c4a5a050]",
        "/lib/x86_64-linux-gnu/libc.so.6(+0x8aeec) [0x7f53c4aa8eec]",
        "gsignal()",
        "abort()",
        "(ceph::__ceph_assert_fail(char const*, char const*, int, char const*)+0x171) [0x5592092789c6]",
        "ceph-osd(+0x52bb02) [0x559209278b02]",
        "(MemStore::set_fsid(uuid_d)+0xd2) [0x559209849df2]",
        "(OSD::mkfs(ceph::common::CephContext*, ObjectStore*, uuid_d, int, std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >)+0x189) [0x55920937e659]",
        "main()",
        "/lib/x86_64-linux-gnu/libc.so.6(+0x2724a) [0x7f53c4a4524a]",
        "__libc_start_main()",
        "_start()"
    ],
    "ceph_version": "16.2.15",
    "crash_id": "2026-11-21T10:59:40.524381Z_7b2cfa54-9c27-475c-a505-052290734ec5",
    "entity_name": "osd.1",
    "io_error_devname": "dm-canary",
    "io_error_path": "/var/lib/ceph/osd/canary-1",
    "os_id": "12",
    "os_name": "Debian GNU/Linux 12 (bookworm)",
    "os_version": "12 (bookworm)",
    "os_version_id": "12",
    "process_name": "ceph-osd",
    "stack_sig": "14e51fe169cddf863c95d26275538c8c0cb31b01aec8e330b86856d3360078d8",
    "timestamp": "2026-11-21T10:59:40.524381Z",
    "utsname_hostname": "canaryhost",
    "utsname_machine": "x86_64",
    "utsname_release": "6.18.44-fc-v657",
    "utsname_sysname": "Linux",
    "utsname_version": "#1 SMP PREEMPT_DYNAMIC @0"
  })json");
}

Json one(const Json& from) {
  const auto crashes = ceph_crashes(Json::array({from}), std::nullopt, kSalt);
  EXPECT_EQ(crashes.size(), 1u);
  return crashes.empty() ? Json::object() : crashes[0];
}

TEST(CephCrashes, AnEntryKeepsWhatTellsOfTheProgramAndNothingOfTheHost) {
  const auto crash = one(entry());
  auto expected = entry();
  for (const auto* name : {"io_error_devname", "io_error_path", "utsname_hostname"})
    expected.erase(name);
  expected["entity_name"] = "osd." + sha1_hex("salt1salt");
  expected["assert_msg"] =
      "./src/os/memstore/MemStore.cc: In function 'virtual void MemStore::set_fsid(uuid_d)' thread "
      "- time -\n./src/os/memstore/MemStore.cc: 174: FAILED ceph_assert(r >= 0)\n";
  EXPECT_EQ(nlohmann::json::parse(crash.dump()), nlohmann::json::parse(expected.dump()));
  EXPECT_THAT(crash.dump(), Not(HasSubstr("canary")));
}

// `expected` above has the signature that the manager had computed of the whole message.
TEST(CephCrashes, TheSignatureIsThatOfTheClusterAlthoughThreadAndTimeAreGone) {
  auto without = entry();
  without.erase("stack_sig");
  EXPECT_EQ(one(without)["stack_sig"], entry()["stack_sig"]);
}

TEST(CephCrashes, ADaemonsNameIsAllAfterTheFirstDotAndHashed) {
  EXPECT_EQ(hashed_entity("osd.0", "s"), "osd." + sha1_hex("s0s"));
  EXPECT_EQ(hashed_entity("client.rgw.host.a", "s"), "client." + sha1_hex("srgw.host.as"));
  EXPECT_EQ(hashed_entity("canaryhost", "s"), "");
  EXPECT_EQ(hashed_entity("Canary host.1", "s"), "");
  EXPECT_EQ(hashed_entity("", "s"), "");
  EXPECT_EQ(hashed_entity(".x", "s"), "");
}

TEST(CephCrashes, WhatAProgramPutIntoAMessageStaysHome) {
  const std::string first =
      "/a/b.cc: In function 'void f()' thread 7f00 time 2026-01-02T03:04:05.6\n";
  const std::string kept = "/a/b.cc: In function 'void f()' thread - time -\n/a/b.cc: 12: ";
  EXPECT_EQ(cleaned_assert_message(first + "/a/b.cc: 12: FAILED ceph_assert(x)\n"),
            kept + "FAILED ceph_assert(x)\n");
  EXPECT_EQ(cleaned_assert_message(first + "/a/b.cc: 12: FAILED ceph_assert(x)\nAssertion details: "
                                           "pool: canary\n"),
            kept + "FAILED ceph_assert(x)\n");
  EXPECT_EQ(cleaned_assert_message(first + "/a/b.cc: 12: ceph_abort_msg(\"no pool canary\")\n"),
            kept + "ceph_abort_msg(\"<redacted>\")\n");
  EXPECT_EQ(cleaned_assert_message(first + "/a/b.cc: 12: ceph_abort_msg(\"abort() called\")\n"),
            kept + "ceph_abort_msg(\"abort() called\")\n");
  EXPECT_EQ(cleaned_assert_message(first + "/a/b.cc: 12: canary\n"), kept + "<redacted>\n");
  for (const auto* other :
       {"", "\n", "canary", "canary\n", "x thread 1 time 2\ncanary: 1: canary\n",
        "x: In function 'f' thread 1 time 2\ncanary: 1: FAILED x\n",
        "x: In function 'f' thread 1 time 2\nx: canary: FAILED x\n",
        "x: In function 'f' thread 1 time 2\nx: 1\n",
        "x: In function 'f' time 1\nx: 1: FAILED x\n"}) {
    EXPECT_EQ(cleaned_assert_message(other), "") << other;
  }
}

TEST(CephCrashes, AUserInAPathStaysHome) {
  EXPECT_EQ(without_user("/home/canary/ceph/src/x.cc: 1"), "/home/-/ceph/src/x.cc: 1");
  EXPECT_EQ(without_user("(/home/canary) /home/canary"), "(/home/-) /home/-");
  EXPECT_EQ(without_user("/home/"), "/home/-");
  EXPECT_EQ(without_user("/usr/bin/ceph-osd(+0x1)"), "/usr/bin/ceph-osd(+0x1)");
  auto built_at_home = entry();
  built_at_home["assert_file"] = "/home/canary/x.cc";
  built_at_home["backtrace"] = {"/home/canary/ceph-osd(+0x1) [0x2]"};
  EXPECT_THAT(one(built_at_home).dump(), Not(HasSubstr("canary")));
}

TEST(CephCrashes, OfAPythonTracebackOnlyTheFramesRemain) {
  auto module = entry();
  module["mgr_module"] = "devicehealth";
  module["mgr_python_exception"] = "ObjectNotFound";
  module["backtrace"] = {
      "  File \"/usr/share/ceph/mgr/devicehealth/module.py\", line 330, in serve\n"
      "    self.scrape_all()",
      "rados.ObjectNotFound: [errno 2] pool canary does not exist"};
  const auto crash = one(module);
  EXPECT_EQ(crash["backtrace"][0], module["backtrace"][0]);
  EXPECT_EQ(crash["backtrace"][1], "<redacted>");
  EXPECT_THAT(crash.dump(), Not(HasSubstr("canary")));
}

TEST(CephCrashes, AnIdThatNoDaemonMadeIsHashed) {
  for (const auto* id :
       {"canary", "2026-11-21T10:59:40Z_canary", "canary_7b2cfa54-9c27-475c-a505-052290734ec5"}) {
    auto posted = entry();
    posted["crash_id"] = id;
    EXPECT_EQ(one(posted)["crash_id"], sha1_hex(fmt::format("salt{}salt", id)));
  }
  auto mimic = entry();
  mimic["crash_id"] = "2018-06-22_20:35:38.058818Z_7b2cfa54-9c27-475c-a505-052290734ec5";
  EXPECT_EQ(one(mimic)["crash_id"], mimic["crash_id"]);
}

TEST(CephCrashes, WhatHappenedBeforeTheConsentIsLeftOut) {
  auto before = entry(), at = entry(), after = entry();
  before["timestamp"] = "2026-11-21T10:59:40.523999Z";
  at["timestamp"] = "2026-11-21T10:59:40.524000Z";
  after["timestamp"] = "2026-11-21 11:00:00.000000Z";  // as older releases write it
  const auto since = parse_rfc3339("2026-11-21T10:59:40.524Z");
  const auto crashes = ceph_crashes({after, before, at}, since, kSalt);
  ASSERT_EQ(crashes.size(), 2u);
  EXPECT_EQ(crashes[0]["timestamp"], at["timestamp"]);
  EXPECT_EQ(crashes[1]["timestamp"], after["timestamp"]);
}

TEST(CephCrashes, OddEntriesArePassedOver) {
  auto no_time = entry(), no_id = entry(), bad_time = entry(), odd = entry();
  no_time.erase("timestamp");
  no_id.erase("crash_id");
  bad_time["timestamp"] = "yesterday";
  EXPECT_TRUE(
      ceph_crashes({1, "x", Json(), Json::array(), no_time, no_id, bad_time}, std::nullopt, kSalt)
          .empty());
  odd["backtrace"] = "canary";
  odd["process_name"] = Json::object({{"canary", 1}});
  odd["assert_msg"] = 1;
  EXPECT_THAT(one(odd).dump(), Not(HasSubstr("canary")));
  odd["backtrace"] = {1, "main()"};
  EXPECT_EQ(one(odd)["backtrace"].dump(), R"json(["main()"])json");
}

TEST(CephCrashes, TheNewestAreKeptWithinTheLimits) {
  Json many = Json::array();
  for (std::size_t i = 0; i < kMaxCrashes + 5; ++i) {
    many.push_back(entry());
    many.back()["timestamp"] = fmt::format("2026-11-{:02}T{:02}:00:00.000000Z", 1 + i / 24, i % 24);
  }
  auto crashes = ceph_crashes(many, std::nullopt, kSalt);
  ASSERT_EQ(crashes.size(), kMaxCrashes);
  EXPECT_EQ(crashes.front()["timestamp"], many[5]["timestamp"]);
  EXPECT_EQ(crashes.back()["timestamp"], many.back()["timestamp"]);
  for (auto& crash : many) {
    crash["backtrace"] = std::vector<std::string>(kMaxCrashFrames + 1,
                                                  std::string(kMaxCrashTextBytes, 'x') + "\u00e4");
  }
  crashes = ceph_crashes(many, std::nullopt, kSalt);
  EXPECT_LE(crashes.dump().size(), kMaxCrashesBytes);
  ASSERT_EQ(crashes.size(), 2u);
  EXPECT_EQ(crashes.back()["timestamp"], many.back()["timestamp"]);
  EXPECT_EQ(crashes.back()["backtrace"].size(), kMaxCrashFrames);
  EXPECT_EQ(crashes.back()["backtrace"][0], std::string(kMaxCrashTextBytes, 'x'));
}

}  // namespace
}  // namespace candor
