#include "sonar/scan.h"

#include <gtest/gtest.h>

#include "sonar/probe_fixture.h"

namespace candor {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kLoginPage =
    R"(<form action="/login?x=1" method="post"><input type="hidden" name="csrf" value="c1">)"
    R"(<input name="user"><input type="password" name="pass"></form>)";

class Scan : public testing::Test {
 protected:
  Scan() {
    plan.username = "svc";
    plan.password = "canary-password";
    plan.customer = "c";
    plan.project = "p";
    plan.targets = {{"eu1", "https://panel.test/access"}};
    use(kSeedSteps);
    client.always("GET https://panel.test/access", 302, "",
                  {{"Location", "https://idp.test/auth?state=secret-state"}});
    client.always("GET https://idp.test/auth", 200, std::string(kLoginPage),
                  {{"Set-Cookie", "flow=f1; Path=/"}});
    client.always("POST https://idp.test/login", 302, "",
                  {{"Location", "https://panel.test/callback?code=1"}});
    client.answers["GET https://panel.test/callback"] = [this](const ProbeRequest&) {
      client.always("GET https://panel.test/access", 200, "the project");
      return ProbeAnswer{.status = 302,
                         .headers = {{"Location", "/access"}, {"Set-Cookie", "sid=s1"}}};
    };
  }

  static constexpr std::string_view kSeedSteps = R"(
[[monitor.sonar.scans]]
name = "access"
steps = [{name = "open", get = "{{url}}"}, {name = "login", oidc = true}, {name = "project", get = "{{projectUrl}}"}]
)";

  void use(std::string_view toml) {
    const auto settings = parse_settings(toml, "/candor.toml");
    ASSERT_TRUE(settings.ok()) << settings.error().message;
    plan.scans = settings->sonar().scans;
  }

  ScanResult run() {
    const ScanWorld world{client, tokens, clock};
    return run_scan(plan, plan.scans[0], plan.targets[0], known_login, world);
  }

  void expect_failure(const ScanResult& result, std::string_view step, ScanFailure failure) {
    const auto* failed = result.failed();
    ASSERT_NE(failed, nullptr);
    EXPECT_EQ(failed->name, step);
    EXPECT_EQ(name_of(failed->problem->failure), name_of(failure)) << failed->problem->message;
  }

  SonarPlan plan;
  TableClient client;
  TokenKeeper tokens;
  ManualClock clock{from_unix_millis(1'800'000'000'000)};
  std::string known_login;
};

TEST_F(Scan, TheFormOfALoginIsFilledAndTheProjectOpened) {
  const auto result = run();
  EXPECT_EQ(result.failed(), nullptr) << result.failed()->problem->message;
  ASSERT_EQ(client.asked.size(), 6u);
  const auto& login = client.asked[2];
  EXPECT_EQ(login.body, "csrf=c1&user=svc&pass=canary-password");
  EXPECT_EQ(login.url.query, "x=1");
  EXPECT_EQ(header_in(login, "Cookie"), "flow=f1");
  EXPECT_EQ(header_in(client.asked[4], "Cookie"), "sid=s1");
  EXPECT_EQ(client.asked[5].url.query, "customer=c&project=p");
  EXPECT_EQ(result.login_origin, "https://idp.test");
  EXPECT_EQ(result.steps[0].redirects, std::vector<std::string>{"302 https://idp.test/auth"});
  EXPECT_FALSE(client.was_told("canary-password", "panel.test"));
}

TEST_F(Scan, AFormThatComesAgainIsNoLogin) {
  client.always("POST https://idp.test/login", 200, std::string(kLoginPage));
  const auto result = run();
  expect_failure(result, "login", ScanFailure::kAuth);
  EXPECT_FALSE(result.steps[2].was_run);
  EXPECT_TRUE(result.login_origin.empty());
}

TEST_F(Scan, AProjectThatAsksForALoginFails) {
  client.answers["GET https://panel.test/callback"] = [this](const ProbeRequest&) {
    client.always("GET https://panel.test/access", 200, "welcome");
    return ProbeAnswer{.status = 200, .body = "welcome"};
  };
  plan.scans[0].steps[2].url = "https://idp.test/auth";
  expect_failure(run(), "project", ScanFailure::kAuth);
}

TEST_F(Scan, TheFormGoesToNoOtherOrigin) {
  std::string page(kLoginPage);
  page.replace(page.find("/login"), 6, "https://evil.test/login");
  client.always("GET https://idp.test/auth", 200, page);
  expect_failure(run(), "login", ScanFailure::kAuth);
  EXPECT_FALSE(client.was_told("canary-password", "evil.test"));
}

TEST_F(Scan, ALoginPageElsewhereIsNotBelieved) {
  client.always("GET https://panel.test/access", 302, "", {{"Location", "https://evil.test/"}});
  client.always("GET https://evil.test/", 200, std::string(kLoginPage));
  known_login = "https://idp.test";
  expect_failure(run(), "login", ScanFailure::kAuth);
  known_login.clear();
  plan.issuer = "https://idp.test/realms/x";
  expect_failure(run(), "login", ScanFailure::kAuth);
  EXPECT_FALSE(client.was_told("canary-password", "evil.test"));
}

TEST_F(Scan, AFormThatPutsThePasswordIntoAnAddressIsNoLogin) {
  std::string page(kLoginPage);
  page.replace(page.find("post"), 4, "get");
  client.always("GET https://idp.test/auth", 200, page);
  expect_failure(run(), "login", ScanFailure::kAuth);
  EXPECT_EQ(client.asked.size(), 2u);
}

TEST_F(Scan, APostedPasswordIsNotSentOn) {
  client.always("POST https://idp.test/login", 307, "", {{"Location", "https://evil.test/"}});
  expect_failure(run(), "login", ScanFailure::kHttpStatus);
  EXPECT_FALSE(client.was_told("canary-password", "evil.test"));
}

TEST_F(Scan, APasswordIsNotSentInTheOpen) {
  plan.targets[0].url = "http://panel.test/access";
  client.always("GET http://panel.test/access", 200, std::string(kLoginPage));
  expect_failure(run(), "login", ScanFailure::kAuth);
  EXPECT_FALSE(client.was_told("canary-password", "panel.test"));
}

TEST_F(Scan, RedirectsEndSomewhere) {
  client.always("GET https://panel.test/access", 302, "", {{"Location", "/access"}});
  auto result = run();
  expect_failure(result, "open", ScanFailure::kHttpStatus);
  EXPECT_EQ(result.steps[0].redirects.size(), 5u);
  client.always("GET https://panel.test/access", 302, "", {{"Location", "http://panel.test/"}});
  expect_failure(run(), "open", ScanFailure::kHttpStatus);
  client.always("GET https://panel.test/access", 302, "", {{"Location", "file:///etc/passwd"}});
  expect_failure(run(), "open", ScanFailure::kHttpStatus);
}

TEST_F(Scan, CleanUpIsDoneAfterAFailureAndNothingIsCleanedThatWasNotMade) {
  use(R"(
[[monitor.sonar.scans]]
name = "tenant"
steps = [
  {name = "create", post = "https://panel.test/t", json = {name = "sonar-{{runId}}"}, save = {id = "$.id"}},
  {name = "use", get = "https://panel.test/t/{{id}}"},
  {name = "cleanup", delete = "https://panel.test/t/{{id}}", always = true, expect = {status = 204}},
]
)");
  client.always("POST https://panel.test/t", 201, R"({"id":"t 1"})");
  client.always("GET https://panel.test/t/t%201", 500);
  client.always("DELETE https://panel.test/t/t%201", 204);
  auto result = run();
  expect_failure(result, "use", ScanFailure::kHttpStatus);
  EXPECT_TRUE(result.steps[2].was_run);
  EXPECT_FALSE(result.left_something);
  client.always("DELETE https://panel.test/t/t%201", 500);
  result = run();
  EXPECT_TRUE(result.left_something);
  EXPECT_EQ(result.steps[2].problem->failure, ScanFailure::kCleanup);
  client.always("POST https://panel.test/t", 500);
  result = run();
  expect_failure(result, "create", ScanFailure::kHttpStatus);
  EXPECT_FALSE(result.steps[2].was_run);
  EXPECT_FALSE(result.left_something);
}

TEST_F(Scan, ACreateWhoseAnswerIsLostMayHaveLeftSomething) {
  use(R"(
[[monitor.sonar.scans]]
name = "tenant"
steps = [
  {name = "create", post = "https://panel.test/t", json = {}, expect = {status = 201, json = {"$.ok" = true}}, save = {id = "$.id"}},
  {name = "cleanup", delete = "https://panel.test/t/{{id}}", always = true},
]
)");
  client.always("DELETE https://panel.test/t/17", 204);
  const auto answer = [&](ProbeAnswer given) {
    client.answers["POST https://panel.test/t"] = [given](const ProbeRequest&) { return given; };
    return run();
  };
  ProbeAnswer lost{.failure = ProbeFailure::kConnect, .message = "Connection reset by peer"};
  EXPECT_FALSE(answer(lost).left_something);
  lost.was_sent = true;
  auto result = answer(lost);
  expect_failure(result, "create", ScanFailure::kConnect);
  EXPECT_TRUE(result.left_something);
  EXPECT_EQ(result.steps[1].problem->failure, ScanFailure::kCleanup);
  EXPECT_EQ(result.steps[1].problem->message,
            "there is no value for {{id}}, and create may have made something (variable)");
  // An answer without what was to be saved, and a refusal.
  ProbeAnswer made{.status = 201, .body = "{}"};
  made.was_sent = true;
  EXPECT_TRUE(answer(made).left_something);
  made.status = 500;
  EXPECT_FALSE(answer(made).left_something);
  // An answer that is not as it should be still says what to remove.
  made.status = 201;
  made.body = R"({"id": 17, "ok": false})";
  result = answer(made);
  expect_failure(result, "create", ScanFailure::kAssertion);
  EXPECT_FALSE(result.left_something);
  EXPECT_FALSE(result.steps[1].problem);
  EXPECT_EQ(client.asked.back().method, "DELETE");
}

TEST_F(Scan, WhatIsWaitedForIsThereOrIsNotInTime) {
  use(R"toml(
[[monitor.sonar.scans]]
name = "x"
steps = [{name = "ready", get = "https://panel.test/t", until = {json = {"$.state" = "ready"}}, every = 2, for = 1}]
)toml");
  client.always("GET https://panel.test/t", 200, R"({"state":"ready"})");
  EXPECT_EQ(run().failed(), nullptr);
  client.always("GET https://panel.test/t", 200, R"({"state":"new"})");
  const auto result = run();
  expect_failure(result, "ready", ScanFailure::kAssertion);
  EXPECT_NE(result.failed()->problem->message.find("not within 1 s"), std::string::npos);
}

TEST_F(Scan, WaitingThatEndsInARequestTellsWhatWasSeenLast) {
  use(R"toml(
[[monitor.sonar.scans]]
name = "x"
steps = [{name = "ready", get = "https://panel.test/t", until = {json = {"$.state" = "ready"}}, every = 1, for = 2}]
)toml");
  plan.scans[0].steps[0].every = 0;  // no test waits a second
  int asked = 0;
  client.answers["GET https://panel.test/t"] = [&](const ProbeRequest&) {
    if (++asked == 1) return ProbeAnswer{.status = 200, .body = R"({"state":"new"})"};
    return ProbeAnswer{.failure = ProbeFailure::kTimeout, .message = "it did not answer in time"};
  };
  const auto result = run();
  expect_failure(result, "ready", ScanFailure::kAssertion);
  const auto& problem = *result.failed()->problem;
  EXPECT_EQ(problem.message,
            "https://panel.test/t: $.state is not as expected, not within 2 s, and the last "
            "request had no answer by then");
  EXPECT_EQ(problem.expected, "\"ready\"");
  EXPECT_EQ(problem.actual, "\"new\"");
}

TEST_F(Scan, AFirstRequestThatHangsIsOverByItsFor) {
  use(R"toml(
[[monitor.sonar.scans]]
name = "x"
steps = [{name = "ready", get = "https://panel.test/t", until = {json = {"$.state" = "ready"}}, for = 2}]
)toml");
  client.answers["GET https://panel.test/t"] = [&](const ProbeRequest&) {
    return ProbeAnswer{.failure = ProbeFailure::kTimeout, .message = "it did not answer in time"};
  };
  const auto result = run();
  expect_failure(result, "ready", ScanFailure::kAssertion);
  EXPECT_EQ(result.failed()->problem->expected, "an answer within 2 s");
  EXPECT_EQ(result.outcome, ScanOutcome::kFailure);
}

TEST_F(Scan, AMissingVariableFailsTheStepByName) {
  use(R"(
[[monitor.sonar.scans]]
name = "x"
steps = [{name = "open", get = "{{url}}/{{nothing}}"}]
)");
  const auto result = run();
  expect_failure(result, "open", ScanFailure::kVariable);
  EXPECT_EQ(result.failed()->problem->message, "there is no value for {{nothing}}");
}

TEST_F(Scan, SecretsAreTakenOutOfWhatIsTold) {
  use(R"toml(
[[monitor.sonar.scans]]
name = "x"
steps = [
  {name = "open", get = "https://panel.test/key", save = {key = "$.key"}, secret = ["key"]},
  {name = "use", get = "https://panel.test/use", expect = {json = {"$.said" = "nothing"}}},
]
)toml");
  client.always("GET https://panel.test/key", 200, R"({"key":"canary-key"})");
  client.always("GET https://panel.test/use", 200, R"({"said":"canary-key and canary-password"})");
  const auto result = run();
  expect_failure(result, "use", ScanFailure::kAssertion);
  EXPECT_EQ(result.failed()->problem->actual, "\"*** and ***\"");
}

class TokenScan : public Scan {
 protected:
  TokenScan() {
    plan.grant = SonarGrant::kPassword;
    plan.issuer = "https://idp.test/realm";
    plan.client_id = "sonar";
    use(R"(
[[monitor.sonar.scans]]
name = "api"
steps = [
  {name = "login", oidc = true, save = {token = "$.access_token"}, secret = ["token"]},
  {name = "open", get = "https://api.test/p", bearer = "{{token}}"},
]
)");
    client.always("GET https://idp.test/realm/.well-known/openid-configuration", 200,
                  R"({"issuer":"https://idp.test/realm","token_endpoint":"https://tok.test/t"})");
    client.answers["POST https://tok.test/t"] = [this](const ProbeRequest&) {
      return ProbeAnswer{.status = 200,
                         .body = R"({"access_token":"canary-token-)" + std::to_string(++given) +
                                 R"(","expires_in":300})"};
    };
    client.always("GET https://api.test/p", 200);
  }
  int given = 0;
};

TEST_F(TokenScan, ATokenIsAskedForOnceAndUsedUntilItEnds) {
  EXPECT_EQ(run().failed(), nullptr);
  EXPECT_EQ(header_in(client.asked.back(), "Authorization"), "Bearer canary-token-1");
  EXPECT_EQ(client.asked[1].body,
            "grant_type=password&username=svc&password=canary-password&scope=openid&client_id="
            "sonar");
  clock.advance(Millis(269'000));
  EXPECT_EQ(run().failed(), nullptr);
  EXPECT_EQ(given, 1);
  clock.advance(Millis(2'000));
  EXPECT_EQ(run().failed(), nullptr);
  EXPECT_EQ(given, 2);
}

TEST_F(TokenScan, ATokenThatIsRefusedIsReplacedOnce) {
  client.answers["GET https://api.test/p"] = [](const ProbeRequest& request) {
    const bool old = header_in(request, "Authorization") == "Bearer canary-token-1";
    return ProbeAnswer{.status = old ? 401 : 200};
  };
  EXPECT_EQ(run().failed(), nullptr);
  EXPECT_EQ(given, 2);
  client.always("GET https://api.test/p", 401);
  expect_failure(run(), "open", ScanFailure::kHttpStatus);
  EXPECT_EQ(given, 3);
}

TEST_F(TokenScan, AnotherIssuersDescriptionIsNotBelieved) {
  client.always("GET https://idp.test/realm/.well-known/openid-configuration", 200,
                R"({"issuer":"https://evil.test","token_endpoint":"https://evil.test/t"})");
  expect_failure(run(), "login", ScanFailure::kAuth);
  EXPECT_FALSE(client.was_told("canary-password", "evil.test"));
}

TEST_F(TokenScan, ATokenGoesToNoOriginThatAnAnswerNames) {
  use(R"(
[[monitor.sonar.scans]]
name = "api"
steps = [
  {name = "login", oidc = true, save = {token = "$.access_token"}, secret = ["token"]},
  {name = "list", get = "https://api.test/p", save = {next = "$.next"}},
  {name = "open", get = "{{next}}", bearer = "{{token}}"},
]
)");
  client.always("GET https://api.test/p", 200, R"({"next":"https://evil.test/"})");
  expect_failure(run(), "open", ScanFailure::kAuth);
  EXPECT_FALSE(client.was_told("canary-token", "evil.test"));
}

TEST_F(TokenScan, ATokenDoesNotFollowARedirectToAnotherOrigin) {
  client.always("GET https://api.test/p", 302, "", {{"Location", "https://evil.test/p"}});
  client.always("GET https://evil.test/p", 200);
  EXPECT_EQ(run().failed(), nullptr);
  EXPECT_FALSE(client.was_told("canary-token", "evil.test"));
}

TEST_F(TokenScan, AWrongPasswordIsAuth) {
  client.always("POST https://tok.test/t", 400, R"({"error":"invalid_grant"})");
  expect_failure(run(), "login", ScanFailure::kAuth);
}

}  // namespace
}  // namespace candor
