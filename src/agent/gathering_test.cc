#include "agent/gathering.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cstring>

#include "agent/agent_fixture.h"
#include "agent/events.h"
#include "agent/programs/members.h"
#include "agent/programs/rings.h"
#include "library/layout.h"

namespace candor {
namespace {

// What the ring of the corpus was recorded by: a counter, a histogram, an event and a run.
constexpr std::string_view kContract = R"toml(candor = 1
[product]
name = "mesh"
contact = "c"
accepts = ["native"]
endpoint = "https://collector.example.com"
[[channel]]
name = "counts"
about = "x"
default = true
fields = [
  { path = "n", type = "integer", kind = "counter", about = "x" },
  { path = "t.*", type = "number", kind = "histogram", bounds = ["1", "2"], about = "x" },
]
[[channel]]
name = "usage"
about = "x"
default = true
[[channel.event]]
name = "e"
about = "x"
fields = [
  { path = "s", type = "string", about = "x" },
  { path = "i", type = "integer", about = "x" },
]
[[channel.event]]
name = "r"
about = "x"
run = true
fields = [{ path = "f", type = "string", class = "hashed", about = "x" }]
)toml";

constexpr const char* kRing = "01020300000000000000000000000000.ring";

class Gathering : public AgentTest {
 protected:
  Gathering() {
    contract(kContract);
    clock_.set(from_unix_millis(0));
    EXPECT_TRUE(open().turn_on({"", false, "candor on"}).ok());
  }

  StateFolder programs() { return programs_of(StateFolder(paths_.state)); }
  Path ring_path(const std::string& name = kRing) { return programs().file(name); }
  static std::string ring_bytes() {
    return *read_file(Path(CANDOR_TEST_SOURCE_DIR) / "tests/fuzz/corpus/ring/ring");
  }
  // A ring of a program that has ended.
  void put_ring(const std::string& name = kRing) {
    ASSERT_TRUE(write_file(ring_path(name), ring_bytes()).ok());
  }
  // Of one that runs: as long as this lives.
  FileLock put_live_ring() {
    put_ring();
    return *FileLock::try_lock(ring_path());
  }
  Result<Gathered> take() { return gather(std::make_shared<const Agent>(open())); }
  std::vector<PendingReport> pending() { return *Outbox(programs(), kEventFileLimits).pending(); }
  Json events() {
    auto all = Json::array();
    for (const auto& file : pending()) {
      const auto json = *parse_json(*Outbox(programs(), kEventFileLimits).read(file.id));
      for (const auto& event : json.at("events")) all.push_back(event);
    }
    return all;
  }
  ProgramBooks books() { return *read_program_books(programs()); }
  Json report() {
    const auto sealed = open().seal_now();
    EXPECT_TRUE(sealed.ok()) << sealed.error().message;
    return *parse_json(*Outbox(StateFolder(paths_.state)).read(sealed->id));
  }
};

TEST_F(Gathering, OfAProgramThatEndedEverythingIsTakenAndItsRingGoes) {
  put_ring();
  const auto gathered = take();
  ASSERT_TRUE(gathered.ok()) << gathered.error().message;
  EXPECT_EQ(gathered->events, 4u);
  EXPECT_EQ(gathered->files, 1u);
  const auto all = events();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(string_member(all[0], "name"), "e");
  EXPECT_EQ(string_member(all[0], "source"), (*read_identity(open().state()))->installation);
  EXPECT_EQ(string_member(all[2].at("document"), "state"), "lost");
  EXPECT_FALSE(std::filesystem::exists(ring_path()));
  EXPECT_EQ(books().dropped, 3u);
  EXPECT_EQ(take()->events, 0u);
}

TEST_F(Gathering, EachEventOfAProgramInContinuousIntegrationSaysSo) {
  put_ring();
  ASSERT_TRUE(take().ok());
  for (const auto& event : events()) EXPECT_FALSE(event.contains("automation"));
  auto bytes = ring_bytes();
  library::RingHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.automation = 1;
  std::memcpy(bytes.data(), &header, sizeof header);
  ASSERT_TRUE(write_file(ring_path("02020300000000000000000000000000.ring"), bytes).ok());
  ASSERT_TRUE(take().ok());
  int said = 0;
  for (const auto& event : events()) said += event.value("automation", false) ? 1 : 0;
  EXPECT_EQ(said, 4);
}

TEST_F(Gathering, OfOneThatRunsWhatIsThereIsTakenOnce) {
  const auto lock = put_live_ring();
  EXPECT_EQ(take()->events, 2u) << "the runs of its table go on";
  EXPECT_EQ(take()->events, 0u);
  EXPECT_TRUE(std::filesystem::exists(ring_path()));
}

TEST_F(Gathering, WhatIsNotKeptStaysInTheRing) {
  const auto lock = put_live_ring();
  // Where the file should go somebody has put one of his own.
  ASSERT_TRUE(write_file(programs().file("outbox"), "x").ok());
  EXPECT_FALSE(take().ok());
  ASSERT_TRUE(programs().remove("outbox").ok());
  EXPECT_EQ(take()->events, 2u);
}

TEST_F(Gathering, TheSameEventHasTheSameIdHoweverOftenItIsRead) {
  put_ring();
  ASSERT_TRUE(take().ok());
  const auto first = events();
  ASSERT_TRUE(drop_events(StateFolder(paths_.state)).ok());
  put_ring();
  // As after a power failure between the file and the books.
  ASSERT_TRUE(programs().remove(kProgramBooksFile).ok());
  ASSERT_TRUE(take().ok());
  const auto again = events();
  ASSERT_EQ(first.size(), again.size());
  for (std::size_t i = 0; i < first.size(); ++i)
    EXPECT_EQ(string_member(first[i], "id"), string_member(again[i], "id"));
}

TEST_F(Gathering, OfAChannelThatIsOffEventsStayHome) {
  put_ring();
  configure("channel_usage = false\n");
  EXPECT_EQ(take()->events, 0u);
  EXPECT_EQ(books().stayed.at("channel_off"), 4u);
  EXPECT_FALSE(std::filesystem::exists(ring_path()));
}

TEST_F(Gathering, AnOffTakesBackWhatWasRecorded) {
  const auto lock = put_live_ring();
  ASSERT_TRUE(open().turn_off().ok());
  clock_.advance(Millis(60'000));
  ASSERT_TRUE(open().turn_on({"", false, "candor on"}).ok());
  EXPECT_EQ(take()->events, 0u);
  EXPECT_EQ(find_member(report(), "n"), nullptr);
}

TEST_F(Gathering, ARunThatBeganBeforeTheYesStaysHomeAsAWhole) {
  ASSERT_TRUE(open().turn_off().ok());
  clock_.advance(Millis(60'000));
  ASSERT_TRUE(open().turn_on({"", false, "candor on"}).ok());
  put_ring();
  EXPECT_EQ(take()->events, 0u);
  EXPECT_EQ(books().stayed.at("before_decision"), 4u);
}

TEST_F(Gathering, WhileItIsOffOrLocalNothingIsTaken) {
  for (const bool local : {true, false}) {
    ASSERT_TRUE(local ? open().turn_local().ok() : open().turn_off().ok());
    put_ring();
    EXPECT_EQ(take()->events, 0u);
    EXPECT_TRUE(std::filesystem::exists(ring_path()));
  }
}

TEST_F(Gathering, WhatWasCountedInAChannelThatWentOffIsNotToldLater) {
  const auto lock = put_live_ring();
  configure("channel_counts = false\n");
  ASSERT_TRUE(pass_over_counts(open()).ok());
  configure("");
  EXPECT_EQ(find_member(report(), "n"), nullptr);
}

TEST_F(Gathering, WhatWasCountedInAnotherChannelIsTold) {
  put_ring();
  configure("channel_usage = false\n");
  ASSERT_TRUE(pass_over_counts(open()).ok());
  EXPECT_NE(find_member(report(), "n"), nullptr);
}

TEST_F(Gathering, ARingMayPutAValueWhereAPathGoesOn) {
  auto document = Json::object();
  put_member(document, "a", 1);
  put_member(document, "a.b", 2);
  EXPECT_EQ(to_line(document), R"({"a":{"b":2}})");
}

TEST_F(Gathering, ARingWhoseProcessCannotBeLookedIntoIsLeftAlone) {
  auto bytes = ring_bytes();
  library::RingHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  // The first process of the machine; where this one may look into it, it has not mapped the ring.
  header.pid = 1;
  header.began_ms = to_unix_millis(system_clock().now());
  std::memcpy(bytes.data(), &header, sizeof header);
  ASSERT_TRUE(write_file(ring_path(), bytes).ok());
  const bool may_look = read_file("/proc/1/maps").ok();
  EXPECT_EQ(OpenRing::open(programs(), kRing)->program(),
            may_look ? ProgramState::kEnded : ProgramState::kRuns);
  // A process that began after the ring did is not the one that made it.
  header.began_ms = 0;
  std::memcpy(bytes.data(), &header, sizeof header);
  ASSERT_TRUE(write_file(ring_path(), bytes).ok());
  EXPECT_EQ(OpenRing::open(programs(), kRing)->program(), ProgramState::kEnded);
}

TEST_F(Gathering, AReportTellsWhatCameSinceTheLastOne) {
  put_ring();
  const auto first = report();
  const auto counted = integer_member(first, "n");
  EXPECT_GT(counted, 0);
  ASSERT_NE(find_member(first, "t"), nullptr);
  EXPECT_TRUE(first.at("t").contains("above"));
  EXPECT_TRUE(first.at("t").contains("sum"));
  clock_.advance(Millis(1'000));
  EXPECT_EQ(find_member(report(), "n"), nullptr) << "it was told";
  ASSERT_TRUE(take().ok());
  clock_.advance(Millis(1'000));
  EXPECT_EQ(find_member(report(), "n"), nullptr) << "also once its ring is gone";
  put_ring("02000000000000000000000000000000.ring");
  clock_.advance(Millis(1'000));
  EXPECT_EQ(integer_member(report(), "n"), counted) << "another program";
}

TEST_F(Gathering, WhatARingThatStayedCountedCountsOnce) {
  put_ring();
  const auto bytes = ring_bytes();
  ASSERT_TRUE(take().ok());
  // As after a power failure between the books and the removal.
  put_ring();
  const auto first = report();
  ASSERT_TRUE(take().ok());
  EXPECT_FALSE(std::filesystem::exists(ring_path()));
  clock_.advance(Millis(1'000));
  EXPECT_EQ(find_member(report(), "n"), nullptr);
  put_ring("03000000000000000000000000000000.ring");
  clock_.advance(Millis(1'000));
  EXPECT_EQ(report().at("n"), first.at("n"));
}

TEST_F(Gathering, AReportThatNeverBecamePendingDidNotTell) {
  put_ring();
  const auto counted = counted_now(StateFolder(paths_.state), open().contract());
  ASSERT_TRUE(counted.ok());
  ASSERT_TRUE(
      note_telling(StateFolder(paths_.state), "20261121T070000.000Z-00000000", counted->totals)
          .ok());
  EXPECT_EQ(report().at("n"), counted->members.at("n"));
}

TEST_F(Gathering, AShownReportTellsNothing) {
  put_ring();
  const auto shown = open().preview(open().channels(), Agent::Fields::kAgreed);
  ASSERT_TRUE(shown.ok());
  EXPECT_NE(shown->report.bytes().find("\"n\""), std::string::npos);
  EXPECT_NE(find_member(report(), "n"), nullptr);
}

TEST_F(Gathering, WhatIsNoRingIsPassedOverAndRemoved) {
  ASSERT_TRUE(write_file(ring_path("aa.ring"), "no ring").ok());
  ASSERT_TRUE(write_file(ring_path("bb.ring"), "").ok());
  ASSERT_TRUE(make_folder(ring_path("cc.ring")).ok());
  std::filesystem::create_symlink("/dev/zero", ring_path("dd.ring"));
  auto version = ring_bytes();
  version[8] = 2;
  ASSERT_TRUE(write_file(ring_path("ee.ring"), version).ok());
  EXPECT_EQ(take()->events, 0u);
  EXPECT_EQ(books().damaged, 3u);
  EXPECT_FALSE(std::filesystem::exists(ring_path("aa.ring")));
}

TEST_F(Gathering, DamagedBooksTellNothingTwice) {
  put_ring();
  const auto first = report();
  EXPECT_NE(find_member(first, "n"), nullptr);
  ASSERT_TRUE(programs().write(kProgramBooksFile, "{").ok());
  clock_.advance(Millis(1'000));
  EXPECT_EQ(find_member(report(), "n"), nullptr);
  put_ring("04000000000000000000000000000000.ring");
  clock_.advance(Millis(1'000));
  EXPECT_NE(find_member(report(), "n"), nullptr) << "what is counted from then on is told";
  EXPECT_EQ(take()->events, 8u);
}

TEST_F(Gathering, WhatIsPendingIsPostedAsItIsAndNamesTheInstallation) {
  put_ring();
  ASSERT_TRUE(take().ok());
  const auto bytes = *Outbox(programs()).read(pending().front().id);
  const auto agent = open();
  const auto client = agent.world().make_client();
  const auto sent = send_program_events(agent, *client, {});
  ASSERT_TRUE(sent.ok()) << sent.error().message;
  EXPECT_EQ(sent->sent, 1u);
  EXPECT_EQ(collector_.bodies.back(), bytes);
  EXPECT_TRUE(may_have_posted(agent.state())) << "so a forget asks the collector";
}

TEST_F(Gathering, AForgetLeavesNothingOfIt) {
  put_ring();
  ASSERT_TRUE(take().ok());
  ASSERT_TRUE(open().forget({.only_here = true}).ok());
  EXPECT_FALSE(std::filesystem::exists(programs().path()));
}

}  // namespace
}  // namespace candor
