#include <sys/stat.h>

#include <cmath>
#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "fixture.h"

namespace candor::sdk {
namespace {

class Events : public LibraryTest {
 protected:
  // What the agent does: takes all events of the only ring, and says so in the file.
  std::vector<std::map<std::string, std::string>> take() {
    std::vector<std::map<std::string, std::string>> taken;
    const auto file = rings().front();
    const auto bytes = bytes_of(file);
    const auto view = library::RingView::open(bytes);
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    for (std::uint32_t block = 0; block < view->blocks(); ++block) {
      const auto events = view->events(block);
      EXPECT_FALSE(events.damaged);
      for (const auto& event : events.events) taken.push_back(values_of(*view, event.values));
      out.seekp(static_cast<std::streamoff>(view->read_at(block)));
      out.write(reinterpret_cast<const char*>(&events.taken), sizeof events.taken);
    }
    return taken;
  }
};

TEST_F(Events, AreInTheRingWithTheirValues) {
  in_process([&] {
    auto* telemetry = start();
    const auto exported = candor_find_event(telemetry, "exported");
    const auto field = [&](const char* path) {
      return candor_find_field(telemetry, exported, path);
    };
    const candor_value values[] = {
        candor_text(field("format"), "csv"), candor_integer(field("rows"), 7),
        candor_integer(field("share"), 1), candor_boolean(field("again"), 5),
        candor_text(field("note"), "")};
    EXPECT_EQ(candor_record(telemetry, exported, values, 5), CANDOR_OK);
    EXPECT_EQ(candor_record(telemetry, exported, nullptr, 0), CANDOR_OK);
  });
  const auto taken = take();
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(taken[0],
            (std::map<std::string, std::string>{
                {"format", "csv"}, {"rows", "7"}, {"share", "1"}, {"again", "1"}, {"note", ""}}));
  EXPECT_TRUE(taken[1].empty());
}

TEST_F(Events, ValuesThatAreNotAsDeclaredAreLeftOut) {
  in_process([&] {
    auto* telemetry = start();
    const auto exported = candor_find_event(telemetry, "exported");
    const auto field = [&](const char* path) {
      return candor_find_field(telemetry, exported, path);
    };
    const std::string long_note(65, 'x');
    for (const auto& wrong :
         {candor_text(field("format"), "xml"), candor_integer(field("format"), 1),
          candor_integer(field("rows"), -1), candor_integer(field("rows"), 1001),
          candor_number(field("rows"), 1), candor_text(field("rows"), "1"),
          candor_number(field("share"), std::nan("")), candor_number(field("share"), INFINITY),
          candor_integer(field("again"), 1), candor_text(field("note"), long_note.c_str()),
          candor_text(field("note"), "\xff"), candor_text(field("note"), "\xc0\x80"),
          candor_text(field("note"), "\xed\xa0\x80"), candor_text(field("note"), "a\xe2\x82"),
          candor_text_of(field("note"), nullptr, 3), candor_integer(9999, 1),
          // A field of another event, and something that is no field.
          candor_text(candor_find_field(telemetry, candor_find_event(telemetry, "command"), "name"),
                      "x"),
          candor_integer(1, 1)}) {
      const candor_value values[] = {wrong, candor_integer(field("rows"), 5)};
      EXPECT_EQ(candor_record(telemetry, exported, values, 2), CANDOR_PARTLY);
    }
    const candor_value none[] = {candor_text(field("note"), nullptr), candor_integer(0, 1)};
    EXPECT_EQ(candor_record(telemetry, exported, none, 2), CANDOR_OK);
    EXPECT_EQ(candor_record(telemetry, exported, nullptr, 1), CANDOR_MISUSED);
    EXPECT_EQ(candor_record(telemetry, 0, none, 2), CANDOR_OFF);
    EXPECT_EQ(candor_record(telemetry, 1, none, 2), CANDOR_OFF) << "a counter";
    EXPECT_EQ(candor_record(nullptr, exported, none, 2), CANDOR_OFF);
    const std::vector<candor_value> many(65, candor_integer(field("rows"), 5));
    EXPECT_EQ(candor_record(telemetry, exported, many.data(), many.size()), CANDOR_PARTLY);
  });
  const auto taken = take();
  ASSERT_EQ(taken.size(), 20u);
  for (std::size_t i = 0; i < 18; ++i)
    EXPECT_EQ(taken[i], (std::map<std::string, std::string>{{"rows", "5"}})) << i;
  EXPECT_TRUE(taken[18].empty());
}

TEST_F(Events, WhatTheDeclarationRefusesIsNowhereEither) {
  in_process([&] {
    auto* telemetry = start();
    const auto exported = candor_find_event(telemetry, "exported");
    for (const char* text : {"canary-that-is-too-long-for-it", "canary\xff", "canary"}) {
      const candor_value value =
          candor_text(candor_find_field(telemetry, exported, "format"), text);
      EXPECT_EQ(candor_record(telemetry, exported, &value, 1), CANDOR_PARTLY);
    }
  });
  EXPECT_EQ(ring().find("canary"), std::string::npos);
}

TEST_F(Events, WhatIsHashedIsNowhereInClear) {
  in_process([&] {
    auto* telemetry = start();
    const auto exported = candor_find_event(telemetry, "exported");
    std::vector<candor_value> values;
    for (const char* path : {"place", "argument", "project"})
      values.push_back(candor_text(candor_find_field(telemetry, exported, path), "canary-7d1"));
    EXPECT_EQ(candor_record(telemetry, exported, values.data(), values.size()), CANDOR_OK);
    const auto command = candor_find_event(telemetry, "command");
    const candor_value args[] = {
        candor_text(candor_find_field(telemetry, command, "args"), "canary-7d1")};
    candor_run run;
    EXPECT_EQ(candor_begin(telemetry, command, args, 1, &run), CANDOR_OK);
    EXPECT_EQ(candor_end(&run, CANDOR_COMPLETED), CANDOR_OK);
  });
  EXPECT_EQ(ring().find("canary"), std::string::npos);
  // From openssl's command line, with a key of 32 bytes 0x55.
  EXPECT_EQ(take()[0],
            (std::map<std::string, std::string>{
                {"place", "378f4834b2fa818aa3344302b787fb8f"},
                {"argument", "58024a5e671582c9e02a859ea8f530d88333f8863513bdc42d4097dffdf83380"},
                {"project", "4e6d57946666697b28e4f466b3a92af590e32060e04219e49897e6fadce11708"}}));
}

TEST_F(Events, WithoutTheKeyWhatIsKeyedStaysHome) {
  for (const char* key : {"", "55", "zz"}) {
    std::ofstream(state_ / "key") << key;
    in_process([&] {
      auto* telemetry = start();
      const auto exported = candor_find_event(telemetry, "exported");
      const candor_value values[] = {
          candor_text(candor_find_field(telemetry, exported, "project"), "canary-7d1")};
      EXPECT_EQ(candor_record(telemetry, exported, values, 1), CANDOR_PARTLY);
    });
    EXPECT_EQ(ring().find("canary"), std::string::npos);
    EXPECT_TRUE(take()[0].empty());
    std::filesystem::remove(rings().front());
  }
}

TEST_F(Events, AFieldThatNobodyAgreedToStaysHome) {
  std::vector<std::uint8_t> flags(kDeclarations, 1);
  flags[4] = 0;  // rows
  write_switch(kText, flags);
  in_process([&] {
    auto* telemetry = start();
    const auto exported = candor_find_event(telemetry, "exported");
    const candor_value values[] = {
        candor_integer(candor_find_field(telemetry, exported, "rows"), 5),
        candor_text(candor_find_field(telemetry, exported, "note"), "n")};
    EXPECT_EQ(candor_record(telemetry, exported, values, 2), CANDOR_OK);
  });
  EXPECT_EQ(take()[0], (std::map<std::string, std::string>{{"note", "n"}}));
}

TEST_F(Events, AFullRingDropsAndCountsUntilTheAgentTakes) {
  int ready[2], go[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(go), 0);
  const auto child = begin_process([&] {
    auto* telemetry = start();
    const auto exported = candor_find_event(telemetry, "exported");
    int taken = 0;
    while (candor_record(telemetry, exported, nullptr, 0) == CANDOR_OK) ++taken;
    EXPECT_EQ(taken, 65536 / 48);
    EXPECT_EQ(candor_record(telemetry, exported, nullptr, 0), CANDOR_DROPPED);
    char c = 0;
    EXPECT_EQ(write(ready[1], "r", 1), 1);
    EXPECT_EQ(read(go[0], &c, 1), 1);
    EXPECT_EQ(candor_record(telemetry, exported, nullptr, 0), CANDOR_OK);
  });
  char c = 0;
  ASSERT_EQ(read(ready[0], &c, 1), 1);
  EXPECT_EQ(take().size(), 65536u / 48);
  ASSERT_EQ(write(go[1], "g", 1), 1);
  EXPECT_EQ(status_of(child), 0);
  EXPECT_EQ(take().size(), 1u);
  const auto bytes = ring();
  EXPECT_EQ(library::RingView::open(bytes)->dropped(), 2u);
}

TEST_F(Events, AllThatWasRecordedIsTakenOnceWhileThreadsRecord) {
  constexpr int kThreads = 4, kEvents = 20'000;
  const auto child = begin_process([&] {
    auto* telemetry = start();
    const auto exported = candor_find_event(telemetry, "exported");
    const auto rows = candor_find_field(telemetry, exported, "rows");
    const auto note = candor_find_field(telemetry, exported, "note");
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([=] {
        std::mt19937 random(static_cast<unsigned>(thread));
        for (int i = 0; i < kEvents; ++i) {
          const std::string text = std::to_string(thread) + ":" + std::to_string(i) + ":" +
                                   std::string(random() % 40, 'x');
          const candor_value values[] = {candor_integer(rows, i % 1000),
                                         candor_text(note, text.c_str())};
          while (candor_record(telemetry, exported, values, 2) != CANDOR_OK)
            std::this_thread::yield();
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
  std::set<std::string> notes;
  std::vector<int> next(kThreads);
  std::size_t taken = 0;
  const auto take_some = [&] {
    if (rings().empty() || rings().front().extension() != ".ring") return;
    for (auto& values : take()) {
      ++taken;
      const auto& note = values["note"];
      const auto thread = static_cast<std::size_t>(note[0] - '0');
      const auto number = std::stoi(note.substr(2));
      EXPECT_EQ(number, next[thread]++) << note;
      EXPECT_EQ(values["rows"], std::to_string(number % 1000));
    }
  };
  int status = -1;
  while (waitpid(child, &status, WNOHANG) == 0) take_some();
  take_some();
  EXPECT_EQ(status, 0);
  EXPECT_EQ(taken, std::size_t{kThreads} * kEvents);
}

TEST_F(Events, OfAKilledProgramNothingIsHalf) {
  std::size_t all = 0;
  for (int round = 0; round < 30; ++round) {
    const auto child = begin_process([&] {
      auto* telemetry = start();
      const auto exported = candor_find_event(telemetry, "exported");
      const auto note = candor_find_field(telemetry, exported, "note");
      for (int i = 0;; ++i) {
        const auto text = std::string(static_cast<std::size_t>(i % 64), 'n');
        const candor_value value = candor_text(note, text.c_str());
        if (candor_record(telemetry, exported, &value, 1) != CANDOR_OK) pause();
      }
    });
    while (rings().empty() || rings().front().extension() != ".ring") std::this_thread::yield();
    for (int i = 0; i < round * 20; ++i) std::this_thread::yield();
    kill(child, SIGKILL);
    status_of(child);
    const auto taken = take();
    all += taken.size();
    for (std::size_t i = 0; i < taken.size(); ++i)
      EXPECT_EQ(taken[i].at("note").size(), i % 64) << "of " << taken.size();
    std::filesystem::remove(rings().front());
  }
  EXPECT_GT(all, 0u);
}

class Runs : public Events {
 protected:
  candor_run begin(candor_telemetry* telemetry, const char* name) {
    const auto command = candor_find_event(telemetry, "command");
    const candor_value values[] = {
        candor_text(candor_find_field(telemetry, command, "name"), name)};
    candor_run run;
    EXPECT_EQ(candor_begin(telemetry, command, values, 1, &run), CANDOR_OK);
    return run;
  }
};

TEST_F(Runs, TheEndRepeatsTheBeginning) {
  in_process([&] {
    auto* telemetry = start();
    auto run = begin(telemetry, "install");
    EXPECT_EQ(candor_end(&run, CANDOR_FAILED), CANDOR_OK);
    EXPECT_EQ(candor_end(&run, CANDOR_FAILED), CANDOR_MISUSED) << "ended before";
    EXPECT_EQ(candor_end(nullptr, CANDOR_FAILED), CANDOR_MISUSED);
    auto other = begin(telemetry, "run");
    EXPECT_EQ(candor_end(&other, static_cast<candor_outcome>(0)), CANDOR_MISUSED);
    EXPECT_EQ(candor_end(&other, CANDOR_COMPLETED), CANDOR_OK);
  });
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  EXPECT_TRUE(view->runs().empty());
  const auto events = view->events(1).events;
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].kind, library::RecordKind::kBegin);
  EXPECT_EQ(events[1].kind, library::RecordKind::kEnd);
  EXPECT_EQ(events[1].outcome, library::RunOutcome::kFailed);
  EXPECT_EQ(events[0].run, events[1].run);
  EXPECT_NE(events[0].run, events[2].run);
  EXPECT_GE(events[1].took_us, 0);
  EXPECT_EQ(values_of(*view, events[0].values), values_of(*view, events[1].values));
  EXPECT_EQ(values_of(*view, events[1].values).at("name"), "install");
}

TEST_F(Runs, OneWhoseProcessDiedIsStillThere) {
  const auto child = begin_process([&] {
    auto* telemetry = start();
    auto ended = begin(telemetry, "install");
    candor_end(&ended, CANDOR_COMPLETED);
    begin(telemetry, "run");
    raise(SIGKILL);
  });
  EXPECT_EQ(WTERMSIG(status_of(child)), SIGKILL);
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  const auto runs = view->runs();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].state, library::RunState::kRuns);
  EXPECT_EQ(values_of(*view, runs[0].values).at("name"), "run");
}

TEST_F(Runs, AnEndThatFindsNoRoomIsNotLost) {
  in_process([&] {
    auto* telemetry = start();
    auto run = begin(telemetry, "install");
    const auto exported = candor_find_event(telemetry, "exported");
    while (candor_record(telemetry, exported, nullptr, 0) == CANDOR_OK) {
    }
    EXPECT_EQ(candor_end(&run, CANDOR_ABORTED), CANDOR_OK);
  });
  const auto bytes = ring();
  const auto runs = library::RingView::open(bytes)->runs();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].state, library::RunState::kEnded);
  EXPECT_EQ(runs[0].outcome, library::RunOutcome::kAborted);
}

TEST_F(Runs, OneThatIsRefusedMeanwhileIsNotTold) {
  in_process([&] {
    auto* telemetry = start();
    auto run = begin(telemetry, "install");
    set_flags(0);
    EXPECT_EQ(candor_end(&run, CANDOR_COMPLETED), CANDOR_OFF);
    candor_run none;
    EXPECT_EQ(candor_begin(telemetry, candor_find_event(telemetry, "command"), nullptr, 0, &none),
              CANDOR_OFF);
    EXPECT_EQ(candor_end(&none, CANDOR_COMPLETED), CANDOR_OFF);
  });
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  EXPECT_TRUE(view->runs().empty());
  EXPECT_EQ(view->events(1).events.size(), 1u);
}

TEST_F(Runs, AForkedChildEndsNoRunOfItsParent) {
  in_process([&] {
    auto* telemetry = start();
    auto run = begin(telemetry, "install");
    EXPECT_EQ(
        status_of(begin_process([&] { EXPECT_EQ(candor_end(&run, CANDOR_ABORTED), CANDOR_OFF); })),
        0);
    EXPECT_EQ(candor_end(&run, CANDOR_COMPLETED), CANDOR_OK);
  });
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  EXPECT_EQ(view->events(1).events.back().outcome, library::RunOutcome::kCompleted);
}

TEST_F(Runs, ACopyThatIsEndedAgainEndsNoOther) {
  in_process([&] {
    auto* telemetry = start();
    auto run = begin(telemetry, "install");
    auto copy = run;
    EXPECT_EQ(candor_end(&run, CANDOR_COMPLETED), CANDOR_OK);
    begin(telemetry, "run");
    candor_end(&copy, CANDOR_FAILED);
  });
  const auto bytes = ring();
  const auto runs = library::RingView::open(bytes)->runs();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].state, library::RunState::kRuns);
}

TEST_F(Runs, MoreThanThereAreEntriesAreTold) {
  in_process([&] {
    auto* telemetry = start();
    std::vector<candor_run> runs;
    for (int i = 0; i < 40; ++i) runs.push_back(begin(telemetry, "run"));
    for (auto& run : runs) EXPECT_EQ(candor_end(&run, CANDOR_COMPLETED), CANDOR_OK);
  });
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  EXPECT_TRUE(view->runs().empty());
  EXPECT_EQ(view->events(1).events.size(), 80u);
}

}  // namespace
}  // namespace candor::sdk
