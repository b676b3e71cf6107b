#include "sonar/sweep.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sonar/limits.h"
#include "sonar/probe_fixture.h"
#include "sonar/scan.h"

namespace candor {
namespace {

const Instant kNow = *parse_rfc3339("2026-11-23T12:00:00Z");
constexpr std::string_view kOld = "2026-11-23T10:00:00Z";

SonarSweep sweep_of_tenants() {
  SonarSweep sweep;
  sweep.items = "$.items";
  sweep.name = "$.name";
  sweep.prefix = "sonar-";
  sweep.created = "$.createdAt";
  sweep.remove = "https://api.test/t/{{id}}";
  return sweep;
}

Json item(Json id, std::string name, Json created = std::string(kOld)) {
  return {{"id", std::move(id)}, {"name", std::move(name)}, {"createdAt", std::move(created)}};
}

ScanAnswer answer_of(std::vector<Json> items, std::vector<HttpHeader> headers = {}) {
  return {200, std::move(headers), to_line({{"items", std::move(items)}}), {}};
}

std::vector<std::string> ids_in(const ScanAnswer& answer, Instant now = kNow) {
  const auto found = leftovers_in(sweep_of_tenants(), answer, "0123456789abcdef", now);
  return found.ok() ? found->ids : std::vector<std::string>{found.error().message};
}

using Ids = std::vector<std::string>;

TEST(Sweep, TimesAreReadAndTimesThatStandForNoneAreNot) {
  const auto at = from_unix_millis(1'790'000'000'000);
  for (const Json& value : {Json(1'790'000'000), Json(1'790'000'000'000), Json(1'790'000'000.0),
                            Json("1790000000"), Json("1790000000000"), Json(format_rfc3339(at))})
    EXPECT_EQ(creation_in(value), at) << value;
  EXPECT_EQ(creation_in("2026-09-21T15:13:20.250+02:00"),
            parse_rfc3339("2026-09-21T13:13:20.250Z"));
  for (const Json& value :
       {Json(nullptr), Json(0), Json(-1), Json(999'999'999), Json(1e10), Json(1e300), Json(""),
        Json("0"), Json("yesterday"), Json("1970-01-01T00:00:00Z"), Json("0001-01-01T00:00:00Z"),
        Json(true), Json::array()})
    EXPECT_EQ(creation_in(value), std::nullopt) << value;
}

TEST(Sweep, OnlyWhatIsOldAndHasThePrefixAndAnotherRunsNameIsLeftOver) {
  EXPECT_EQ(ids_in(answer_of({
                item("old", "sonar-1111"),
                item(17, "sonar-2222"),
                item("somebody's", "tenant-of-sonar-1"),
                item("this run's", "sonar-0123456789abcdef"),
                item("young", "sonar-3333", "2026-11-23T11:00:01Z"),
                item("an hour", "sonar-4444", "2026-11-23T11:00:00Z"),
                item("to come", "sonar-5555", "2036-11-23T11:00:00Z"),
                item("no time", "sonar-6666", nullptr),
                {{"id", "no name"}, {"createdAt", kOld}},
                "sonar-text",
                nullptr,
            })),
            (Ids{"old", "17", "an hour"}));
}

TEST(Sweep, BothClocksMustSayThatItIsOld) {
  const auto young = item("young", "sonar-1", "2026-11-23T11:59:00Z");
  const auto ahead = kNow + std::chrono::hours(48);
  EXPECT_EQ(ids_in(answer_of({young}, {{"Date", "Mon, 23 Nov 2026 12:00:00 GMT"}}), ahead), Ids{});
  EXPECT_EQ(ids_in(answer_of({young}, {{"Date", "Wed, 25 Nov 2099 12:00:00 GMT"}})), Ids{});
  EXPECT_EQ(ids_in(answer_of({item("old", "sonar-1")}), from_unix_millis(1'000)), Ids{});
}

TEST(Sweep, OneRunRemovesSoManyAndTheNextTheOthers) {
  std::vector<Json> items;
  for (std::size_t i = 0; i < 3 * kMaxSweptItems; ++i)
    items.push_back(item(i, fmt::format("sonar-{}", i)));
  const auto ids = ids_in(answer_of(items));
  ASSERT_EQ(ids.size(), kMaxSweptItems);
  EXPECT_EQ(ids.back(), fmt::to_string(kMaxSweptItems - 1));
}

TEST(Sweep, WhatIsNoListOrSaysNoTimesOrHasNoIdsIsTold) {
  const auto told = [](const ScanAnswer& answer) {
    const auto found = leftovers_in(sweep_of_tenants(), answer, "0123456789abcdef", kNow);
    return found.ok() ? found->unclear : found.error().message;
  };
  EXPECT_EQ(told(answer_of({})), "");
  EXPECT_EQ(told({200, {}, "{}", {}}), "there is no list at $.items in the answer");
  EXPECT_EQ(told({200, {}, R"({"items": {"a": 1}})", {}}),
            "there is no list at $.items in the answer");
  EXPECT_EQ(told({200, {}, "<html>", {}}), "the answer is no JSON");
  EXPECT_EQ(told(answer_of({item("a", "sonar-1", "soon"), item("b", "sonar-2", 0)})),
            "none of 2 items whose names begin with sonar- says at $.createdAt when it was made");
  for (const Json& id : {Json(""), Json(".."), Json("../users/1"), Json("a/../../b"), Json("..\\x"),
                         Json("."), Json(nullptr), Json::object(), Json(1.5), Json(true),
                         Json("a\nb"), Json(std::string(kMaxSweepIdBytes + 1, 'x'))}) {
    EXPECT_EQ(told(answer_of({item(id, "sonar-1")})),
              "an item whose name begins with sonar- has no id at $.id to delete")
        << id;
  }
}

class SweepStep : public testing::Test {
 protected:
  SweepStep() {
    plan.variables = {{"api", "https://api.test"}};
    plan.targets = {{"eu1", "https://panel.test/access"}};
    use("{{api}}/t/{{id}}");
    list({item("a 1", "sonar-1"), item("b/2", "sonar-2")});
    client.always("DELETE https://api.test/t/a%201", 204);
    client.always("DELETE https://api.test/t/b%2F2", 404);
  }

  void use(const std::string& address, const std::string& more = "") {
    const auto settings = parse_settings(fmt::format(R"toml(
[[monitor.sonar.scans]]
name = "tenant"
steps = [
  {{name = "key", get = "https://panel.test/key", save = {{key = "$.key"}}, secret = ["key"]}},
  {{name = "leftovers", get = "{{{{api}}}}/t", bearer = "{{{{key}}}}", {}sweep = {{items = "$.items", name = "$.name", prefix = "sonar-", created = "$.createdAt", delete = "{}"}}}},
  {{name = "after", get = "{{{{api}}}}/after"}},
]
)toml",
                                                     more, address),
                                         "/candor.toml");
    ASSERT_TRUE(settings.ok()) << settings.error().message;
    plan.scans = settings->sonar().scans;
    client.always("GET https://panel.test/key", 200, R"({"key":"canary-key"})");
    client.always("GET https://api.test/after", 200);
  }

  void list(std::vector<Json> items) {
    client.always("GET https://api.test/t", 200, answer_of(std::move(items)).body);
  }

  ScanResult run() {
    client.asked.clear();
    const ScanWorld world{client, tokens, clock};
    return run_scan(plan, plan.scans[0], plan.targets[0], "", world);
  }

  std::vector<std::string> deleted() const {
    std::vector<std::string> places;
    for (const auto& request : client.asked) {
      if (request.method == "DELETE") places.push_back(origin_of(request.url) + request.url.path);
    }
    return places;
  }

  SonarPlan plan;
  TableClient client;
  TokenKeeper tokens;
  ManualClock clock{kNow};
};

TEST_F(SweepStep, RemovesThemWithItsBearerAndSaysHowMany) {
  const auto result = run();
  EXPECT_EQ(result.failed(), nullptr) << result.failed()->problem->message;
  EXPECT_EQ(deleted(), (Ids{"https://api.test/t/a%201", "https://api.test/t/b%2F2"}));
  EXPECT_EQ(header_in(client.asked[2], "Authorization"), "Bearer canary-key");
  EXPECT_EQ(result.steps[1].removed, 2);
  EXPECT_EQ(result.steps[1].requests, 3);
  EXPECT_FALSE(result.left_something);
  list({});
  EXPECT_EQ(run().steps[1].removed, 0);
}

TEST_F(SweepStep, OneThatStaysIsToldAndTheStepsBehindItAreRun) {
  client.always("DELETE https://api.test/t/a%201", 500);
  const auto result = run();
  ASSERT_NE(result.failed(), nullptr);
  EXPECT_EQ(result.failed()->problem->failure, ScanFailure::kCleanup);
  EXPECT_EQ(result.failed()->problem->message,
            "1 of 2 leftovers of older runs is still there: DELETE https://api.test/t/a%201: the "
            "answer is 500 (http_status)");
  EXPECT_EQ(result.failed()->problem->actual, "500");
  EXPECT_EQ(result.steps[1].removed, 1);
  EXPECT_TRUE(result.left_something);
  EXPECT_TRUE(result.steps[2].was_run);
  EXPECT_FALSE(result.steps[2].problem);
  EXPECT_EQ(result.outcome, ScanOutcome::kFailure);
}

TEST_F(SweepStep, AListThatFailsDeletesNothing) {
  client.always("GET https://api.test/t", 500, answer_of({item("a 1", "sonar-1")}).body);
  const auto result = run();
  EXPECT_EQ(result.failed()->problem->failure, ScanFailure::kCleanup);
  EXPECT_EQ(deleted(), Ids{});
  EXPECT_EQ(result.steps[1].removed, std::nullopt);
}

TEST_F(SweepStep, AListOfAnotherOriginDeletesNothing) {
  client.always("GET https://evil.test/t", 200, answer_of({item("a 1", "sonar-1")}).body);
  client.always("GET https://api.test/t", 302, "", {{"Location", "https://evil.test/t"}});
  EXPECT_EQ(run().failed()->problem->message,
            "the list came from https://evil.test, which the configuration does not name (auth)");
  EXPECT_EQ(deleted(), Ids{});
}

TEST_F(SweepStep, ARedirectIsNotFollowed) {
  client.always("DELETE https://api.test/t/a%201", 307, "", {{"Location", "https://evil.test/"}});
  EXPECT_EQ(run().failed()->problem->actual, "307");
  EXPECT_EQ(deleted(), (Ids{"https://api.test/t/a%201", "https://api.test/t/b%2F2"}));
}

TEST_F(SweepStep, NoIdLeadsToAnotherOrigin) {
  // As the configuration refuses it: were it taken, nothing would be deleted.
  list({item(".evil.test", "sonar-1"), item("@evil.test/", "sonar-2"),
        item(":1@evil.test", "sonar-3"), item("443", "sonar-4")});
  for (const auto* address : {"https://api.test{{id}}/x", "https://{{id}}/x"}) {
    plan.scans[0].steps[1].sweep->remove = address;
    EXPECT_EQ(run().failed()->problem->failure, ScanFailure::kCleanup) << address;
    EXPECT_EQ(deleted(), Ids{});
  }
}

TEST_F(SweepStep, NothingIsDeletedWhereOnlyAnAnswerLeads) {
  use("{{key}}/t/{{id}}");
  plan.scans[0].steps[1].bearer = "";
  client.always("GET https://panel.test/key", 200, R"({"key":"https://evil.test"})");
  EXPECT_EQ(run().failed()->problem->failure, ScanFailure::kCleanup);
  EXPECT_EQ(deleted(), Ids{});
}

TEST_F(SweepStep, WithAlwaysItIsDoneAfterAFailureAndNotWithoutItsToken) {
  use("{{api}}/t/{{id}}", "always = true, ");
  std::rotate(plan.scans[0].steps.begin() + 1, plan.scans[0].steps.begin() + 2,
              plan.scans[0].steps.end());
  client.always("GET https://api.test/after", 500);
  auto result = run();
  EXPECT_EQ(result.failed()->name, "after");
  EXPECT_EQ(result.steps[2].removed, 2);
  EXPECT_FALSE(result.left_something);
  client.always("GET https://panel.test/key", 500);
  result = run();
  EXPECT_FALSE(result.steps[2].was_run);
  EXPECT_FALSE(result.left_something);
}

}  // namespace
}  // namespace candor
