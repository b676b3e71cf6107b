// What `candor contract generate --lang cpp` makes of acme.toml, at work.
#include <ctime>

#include "acme.hpp"
#include "fixture.h"
#include "library/advice.h"

namespace candor::sdk {
namespace {

// As the agent declares that contract when all of it was agreed to.
constexpr const char* kAcme =
    "product\tacme\n"
    "contract\tc0ffee\n"
    "counter\tusage.exports\n"
    "histogram\ttimings.sync\t0.1\t1\t10\n"
    "event\tproject exported\n"
    "field\tformat\tstring\tclear\t\t\t256\tcsv\tjson\t7z\n"
    "field\trows\tinteger\tclear\t0\t1000000000\t\n"
    "field\tshare\tnumber\tclear\t\t\t\n"
    "field\tagain\tboolean\tclear\t\t\t\n"
    "field\tproperties.template\tstring\tclear\t\t\t64\n"
    "field\tproject\tstring\tkeyed\t\t\t256\n"
    "field\targuments\tstring\tsha256\t\t\t256\n"
    "field\tmade\ttimestamp\tclear\t\t\t\n"
    "run\tcommand\n"
    "field\tname\tstring\tclear\t\t\t32\n"
    "field\tclass\tstring\tclear\t\t\t256\tdefault\tnew\n"
    "event\tstarted\n"
    "event\texport rated\n"
    "field\trating\tinteger\tclear\t1\t5\t\n"
    "survey\texport\t5\t2\t1\tHow well did the export work?\n";

TEST_F(LibraryTest, GeneratedCodeRecordsWhatIsDeclared) {
  write_switch(kAcme, std::vector<std::uint8_t>(18, 1));
  in_process([&] {
    const auto state = state_.string();
    const acme::Telemetry telemetry(state.c_str());
    telemetry.usage_exports.add(3);
    telemetry.timings_sync.observe(0.5);
    EXPECT_EQ(telemetry.record(acme::ProjectExported{
                  .format = acme::ProjectExported::Format::_7z,
                  .rows = 7,
                  .share = 0.5,
                  .again = false,
                  .properties_template = std::string("starter"),
                  .project = user_text("canary-1"),
                  .arguments = user_text("canary-2"),
                  .made = std::chrono::system_clock::from_time_t(1'795'219'199)}),
              CANDOR_OK);
    EXPECT_EQ(telemetry.record(acme::ProjectExported{}), CANDOR_OK);
    EXPECT_EQ(telemetry.record(acme::Started{}), CANDOR_OK);
    auto run =
        telemetry.start(acme::Command{.name = "install", .class_ = acme::Command::Class::default_});
    run.complete(Outcome::completed);
    telemetry.stop();
    telemetry.usage_exports.add();
  });
  EXPECT_EQ(counted(), 3u);
  const auto bytes = ring();
  EXPECT_EQ(bytes.find("canary"), std::string::npos);
  const auto view = library::RingView::open(bytes);
  const auto events = view->events(1).events;
  ASSERT_EQ(events.size(), 5u);
  auto values = values_of(*view, events[0].values);
  EXPECT_EQ(values["project"].size(), 64u);
  EXPECT_EQ(values["arguments"].size(), 64u);
  values.erase("project");
  values.erase("arguments");
  EXPECT_EQ(values, (std::map<std::string, std::string>{{"format", "7z"},
                                                        {"rows", "7"},
                                                        {"share", "0.500000"},
                                                        {"again", "0"},
                                                        {"properties.template", "starter"},
                                                        {"made", "2026-11-20T23:59:59Z"}}));
  EXPECT_TRUE(events[1].values.empty());
  EXPECT_EQ(values_of(*view, events[3].values),
            (std::map<std::string, std::string>{{"name", "install"}, {"class", "default"}}));
}

TEST_F(LibraryTest, GeneratedCodeAsksForAdvice) {
  write_switch(kAcme, std::vector<std::uint8_t>(18, 1));
  std::ofstream(folder() / "advice")
      << library::make_advice("acme", std::int64_t{std::time(nullptr)} * 1000,
                              {{"command", "install", "2", library::Verdict::kFailing, "1", "x"}});
  in_process([&] {
    const auto state = state_.string();
    const acme::Telemetry telemetry(state.c_str());
    EXPECT_EQ(telemetry.advise("command", "install", "2").better(), "1");
    EXPECT_FALSE(telemetry.advise("command", "install", "1"));
  });
}

TEST_F(LibraryTest, GeneratedCodeAsksUsers) {
  for (const auto* name : {"CI", "GITHUB_ACTIONS"}) unsetenv(name);
  write_switch(kAcme, std::vector<std::uint8_t>(18, 1));
  in_process([&] {
    const auto state = state_.string();
    const acme::Telemetry telemetry(state.c_str());
    const auto& survey = telemetry.export_rated_survey;
    EXPECT_EQ(survey.question(), "How well did the export work?");
    EXPECT_FALSE(survey.should_ask("1"));
    EXPECT_TRUE(survey.should_ask("1")) << "the second time that it was done";
    EXPECT_EQ(telemetry.record(acme::ExportRated{.rating = 4}), CANDOR_OK);
  });
}

}  // namespace
}  // namespace candor::sdk
