// Questions: asked once about an activity and a version, one a day, and remembered before they are.
#include "candor/survey.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include "asked.h"
#include "candor/candor.hpp"
#include "fixture.h"
#include "library/limits.h"

namespace candor::sdk {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kNow = 1'795'219'199'000;

TEST(AskedBook, AsksOnceAboutAnActivityAndAVersion) {
  AskedBook book;
  EXPECT_TRUE(book.is_asked_now("export", "1", {1, 1}, kNow, 0));
  EXPECT_FALSE(book.is_asked_now("export", "1", {1, 1}, kNow + 9 * kDay, 0));
  EXPECT_TRUE(book.is_asked_now("export", "2", {1, 1}, kNow + 9 * kDay, 0));
  EXPECT_TRUE(book.is_asked_now("import", "2", {1, 1}, kNow + 19 * kDay, 0));
}

TEST(AskedBook, AsksNothingElseForADay) {
  AskedBook book;
  EXPECT_TRUE(book.is_asked_now("export", "1", {1, 1}, kNow, 0));
  EXPECT_FALSE(book.is_asked_now("import", "1", {1, 1}, kNow + kDay - 1, 0));
  EXPECT_FALSE(book.is_asked_now("import", "1", {1, 1}, kNow - kDay, 0)) << "a clock put back";
  EXPECT_TRUE(book.is_asked_now("import", "1", {1, 1}, kNow + kDay, 0.99)) << "it was drawn before";
}

TEST(AskedBook, AsksWhenTheActivityWasDoneOftenEnough) {
  AskedBook book;
  EXPECT_FALSE(book.is_asked_now("export", "1", {3, 1}, kNow, 0));
  EXPECT_FALSE(book.is_asked_now("export", "1", {3, 1}, kNow, 0));
  EXPECT_TRUE(book.is_asked_now("export", "1", {3, 1}, kNow, 0));
}

TEST(AskedBook, WhoIsNotDrawnIsNotDrawnAgain) {
  AskedBook book;
  EXPECT_FALSE(book.is_asked_now("export", "1", {1, 0.1}, kNow, 0.1));
  EXPECT_FALSE(book.is_asked_now("export", "1", {1, 0.1}, kNow, 0));
  EXPECT_TRUE(book.is_asked_now("export", "2", {1, 0.1}, kNow, 0.09));
}

TEST(AskedBook, IsReadAsItWasWrittenAndNeverGrowsBeyondItsLimit) {
  AskedBook book;
  for (std::size_t i = 0; i < library::kMaxAskedEntries + 10; ++i)
    book.is_asked_now("export", std::to_string(i), {2, 1}, kNow, 0);
  const auto text = book.text();
  EXPECT_EQ(std::ranges::count(text, '\n'), 2 + static_cast<int>(library::kMaxAskedEntries));
  EXPECT_EQ(AskedBook::read(text)->text(), text);
  EXPECT_EQ(AskedBook::read("")->text(), AskedBook().text());
  for (const auto* bad : {"x", "candor asked 2\n0\n", "candor asked 1\n", "candor asked 1\nx\n",
                          "candor asked 1\n0\n9\t1\t1\ta\n", "candor asked 1\n0\n1\t1\t1\n",
                          "candor asked 1\n0\n1\t1\t1\ta"})
    EXPECT_FALSE(AskedBook::read(bad)) << bad;
}

constexpr const char* kAsks =
    "product\tacme\n"
    "contract\tc0ffee\n"
    "event\trated\n"
    "field\trating\tinteger\tclear\t1\t5\t\n"
    "survey\texport\t5\t2\t1\tHow well did the export work?\n";

class SurveyTest : public LibraryTest {
 protected:
  SurveyTest() {
    write_switch(kAsks, {1, 1, 1});
    for (const auto* name : {"CI", "GITHUB_ACTIONS"}) unsetenv(name);
  }
  static std::vector<bool> asked(const Survey& survey, std::vector<const char*> versions) {
    std::vector<bool> all;
    for (const auto* version : versions) all.push_back(survey.should_ask(version));
    return all;
  }
  std::string book() const { return bytes_of(folder() / "asked"); }
};

TEST_F(SurveyTest, TheAnswerIsAnEvent) {
  in_process([&] {
    const candor::Telemetry telemetry("acme", state_.c_str());
    const Survey survey(telemetry.get(), "export");
    EXPECT_TRUE(survey);
    EXPECT_EQ(survey.question(), "How well did the export work?");
    EXPECT_EQ(survey.scale(), 5u);
    EXPECT_EQ(asked(survey, {"1", "1", "1"}), (std::vector{false, true, false}));
    const auto rated = telemetry.event("rated");
    EXPECT_EQ(rated.record(rated.field("rating") = 4), CANDOR_OK);
  });
  in_process([&] {
    const Survey survey(start(), "export");
    EXPECT_EQ(asked(survey, {"1", "1"}), (std::vector{false, false})) << "another process knows";
  });
  EXPECT_TRUE(book().ends_with("\n2\t2\t1\texport\n")) << book();
}

TEST_F(SurveyTest, NothingIsAskedOrRememberedThatCannotBeAnswered) {
  write_switch(kAsks, {1, 1, 0});
  in_process([&] {
    EXPECT_EQ(asked(Survey(start(), "export"), {"1", "1"}), (std::vector{false, false}));
    EXPECT_FALSE(Survey(start(), "import"));
    EXPECT_FALSE(Survey(start(), "import").should_ask("1"));
    EXPECT_FALSE(Survey(nullptr, "export").should_ask("1"));
    EXPECT_EQ(Survey(nullptr, "export").question(), "");
  });
  write_switch(kAsks, {1, 1, 1});
  in_process([&] {
    const Survey survey(start(), "export");
    EXPECT_EQ(asked(survey, {"", "a\tb", std::string(65, 'x').c_str()}),
              (std::vector{false, false, false}));
    candor_stop(start());
    EXPECT_FALSE(survey.should_ask("1"));
  });
  in_process([&] {
    setenv("CI", "true", 1);
    EXPECT_EQ(asked(Survey(start(), "export"), {"1", "1"}), (std::vector{false, false}));
  });
  EXPECT_FALSE(std::filesystem::exists(folder() / "asked"));
}

TEST_F(SurveyTest, WhatCannotBeRememberedIsNotAsked) {
  std::ofstream(folder() / "asked") << "damaged";
  in_process([&] {
    EXPECT_EQ(asked(Survey(start(), "export"), {"1", "1"}), (std::vector{false, false}));
  });
  EXPECT_EQ(book(), "damaged");
  std::filesystem::remove(folder() / "asked");
  // Somebody else writes just now.
  const int lock = open(folder().c_str(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(flock(lock, LOCK_EX), 0);
  in_process([&] {
    EXPECT_EQ(asked(Survey(start(), "export"), {"1", "1"}), (std::vector{false, false}));
  });
  close(lock);
  std::filesystem::create_directory(folder() / "asked.new");
  in_process([&] {
    EXPECT_EQ(asked(Survey(start(), "export"), {"1", "1"}), (std::vector{false, false}));
  });
}

}  // namespace
}  // namespace candor::sdk
