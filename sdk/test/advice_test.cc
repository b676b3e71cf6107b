// What a product is told of plugins it is about to run.
#include "library/advice.h"

#include <cerrno>
#include <chrono>
#include <string>

#include "candor/candor.hpp"
#include "fixture.h"

namespace candor::sdk {
namespace {

using library::AdviceLine;
using library::Verdict;

class AdviceTest : public LibraryTest {
 protected:
  static std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  void write(const std::string& bytes) const {
    std::ofstream(folder() / "advice", std::ios::binary) << bytes;
  }
  static std::string some(std::int64_t made_ms, const char* product = "acme") {
    return library::make_advice(
        product, made_ms,
        {AdviceLine{"plugin", "tap-x", "1.2.3", Verdict::kFailing, "1.2.2", "It fails for all."},
         AdviceLine{"plugin", "tap-y", "2.0", Verdict::kDegraded, "", "It fails for some."}});
  }
};

TEST_F(AdviceTest, APluginThatFailsForOthersIsTold) {
  write(some(now()));
  in_process([&] {
    const auto telemetry = start();
    candor_advice advice;
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", &advice), CANDOR_FAILING);
    EXPECT_EQ(advice.verdict, CANDOR_FAILING);
    EXPECT_STREQ(advice.better, "1.2.2");
    EXPECT_STREQ(advice.sentence, "It fails for all.");
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-y", "2.0", nullptr), CANDOR_DEGRADED);
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.2", &advice), CANDOR_NO_ADVICE);
    EXPECT_STREQ(advice.sentence, "") << "set whatever the result is";
  });
}

TEST_F(AdviceTest, TheFacadeSaysTheSame) {
  write(some(now()));
  in_process([&] {
    const auto state = state_.string();
    const Telemetry telemetry("acme", state.c_str());
    const auto advice = telemetry.advise("plugin", "tap-x", "1.2.3");
    ASSERT_TRUE(advice);
    EXPECT_TRUE(advice.is_failing());
    EXPECT_EQ(advice.better(), "1.2.2");
    EXPECT_EQ(advice.sentence(), "It fails for all.");
    EXPECT_FALSE(telemetry.advise("plugin", "tap-y", "2.0").is_failing());
    EXPECT_FALSE(telemetry.advise("plugin", "tap-z", "2.0"));
    EXPECT_FALSE(Advice());
  });
}

TEST_F(AdviceTest, TheNextCallSeesAnotherFile) {
  in_process([&] {
    const auto telemetry = start();
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
    write(some(now()));
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_FAILING);
    write("candor adv");
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
    std::filesystem::remove(folder() / "advice");
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
  });
}

TEST_F(AdviceTest, WhatIsOldAnotherProductsOrNoFileIsNoAdvice) {
  in_process([&] {
    const auto telemetry = start();
    write(some(now() - std::int64_t{31} * 86'400'000));
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
    write(some(now(), "other"));
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
    std::filesystem::remove(folder() / "advice");
    std::filesystem::create_directory(folder() / "advice");
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
    std::filesystem::remove(folder() / "advice");
    // Nobody writes into it: who waited for that would wait for ever.
    ASSERT_EQ(mkfifo((folder() / "advice").c_str(), 0600), 0);
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
  });
}

TEST_F(AdviceTest, AskingWronglyHarmsNobody) {
  write(some(now()));
  in_process([&] {
    const auto telemetry = start();
    errno = 4711;
    EXPECT_EQ(candor_advise(nullptr, "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
    EXPECT_EQ(candor_advise(telemetry, nullptr, "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
    EXPECT_EQ(candor_advise(telemetry, "plugin", nullptr, "1.2.3", nullptr), CANDOR_NO_ADVICE);
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-x", nullptr, nullptr), CANDOR_NO_ADVICE);
    EXPECT_EQ(candor_advise(telemetry, "plugin\ttap-x", "1.2.3", "failing", nullptr),
              CANDOR_NO_ADVICE);
    EXPECT_EQ(candor_advise(telemetry, "plugin", std::string(100'000, 'x').c_str(), "", nullptr),
              CANDOR_NO_ADVICE);
    EXPECT_EQ(candor_advise(telemetry, "plugin", "tap-z", "1", nullptr), CANDOR_NO_ADVICE);
    EXPECT_EQ(errno, 4711);
  });
  EXPECT_EQ(rings().size(), 1u) << "only the file of advice: nothing was recorded";
}

TEST_F(AdviceTest, WhereTheEnvironmentSaysNoThereIsNone) {
  write(some(now()));
  in_process([&] {
    setenv("DO_NOT_TRACK", "1", 1);
    EXPECT_EQ(candor_advise(start(), "plugin", "tap-x", "1.2.3", nullptr), CANDOR_NO_ADVICE);
  });
}

}  // namespace
}  // namespace candor::sdk
