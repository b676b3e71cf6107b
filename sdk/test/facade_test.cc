#include <string>

#include "candor/candor.hpp"
#include "fixture.h"

namespace candor::sdk {
namespace {

using Facade = LibraryTest;

TEST_F(Facade, RecordsAsTheCInterface) {
  in_process([&] {
    const auto state = state_.string();
    const Telemetry telemetry("acme", state.c_str());
    const auto exports = telemetry.counter("usage.exports");
    EXPECT_TRUE(exports);
    EXPECT_FALSE(telemetry.counter("usage.imports"));
    exports.add();
    exports.add(2);
    telemetry.histogram("timings.sync").observe(0.5);
    const auto exported = telemetry.event("exported");
    const auto format = exported.field("format"), rows = exported.field("rows"),
               share = exported.field("share"), again = exported.field("again"),
               note = exported.field("note");
    EXPECT_EQ(exported.record(format = "csv", rows = 7, share = 0.5, again = true,
                              note = std::string("n")),
              CANDOR_OK);
    EXPECT_EQ(exported.record(rows = 5000u), CANDOR_PARTLY);
    EXPECT_EQ(exported.record(), CANDOR_OK);
    EXPECT_FALSE(telemetry.event("imported"));
    EXPECT_EQ(telemetry.event("imported").record(), CANDOR_OFF);
    Counter().add();
    Histogram().observe(1);
    EXPECT_EQ(Event().record(), CANDOR_OFF);
    telemetry.stop();
    exports.add();
  });
  EXPECT_EQ(counted(), 3u);
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  const auto events = view->events(1).events;
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(
      values_of(*view, events[0].values),
      (std::map<std::string, std::string>{
          {"format", "csv"}, {"rows", "7"}, {"share", "0.500000"}, {"again", "1"}, {"note", "n"}}));
}

TEST_F(Facade, ARunThatIsLeftIsAborted) {
  in_process([&] {
    const auto state = state_.string();
    const Telemetry telemetry("acme", state.c_str());
    const auto command = telemetry.event("command");
    const auto name = command.field("name");
    {
      auto run = command.start(name = "install");
      run.complete(Outcome::failed);
      run.complete(Outcome::completed);
    }
    { const auto left = command.start(name = "run"); }
    auto moved_to = candor::Run();
    {
      auto moved = command.start(name = "test");
      moved_to = std::move(moved);
    }
    moved_to.complete(Outcome::completed);
  });
  const auto bytes = ring();
  const auto view = library::RingView::open(bytes);
  std::vector<library::RunOutcome> outcomes;
  for (const auto& event : view->events(1).events) {
    if (event.kind == library::RecordKind::kEnd) outcomes.push_back(event.outcome);
  }
  EXPECT_EQ(outcomes, (std::vector{library::RunOutcome::kFailed, library::RunOutcome::kAborted,
                                   library::RunOutcome::kCompleted}));
}

}  // namespace
}  // namespace candor::sdk
