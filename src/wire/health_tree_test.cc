#include "wire/health_tree.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

HealthTree tree() {
  HealthTree tree;
  tree.components = {{"db"},
                     {"disks", "", {}, {{"data", std::string(kDown)}, {"log", std::string(kUp)}}},
                     {"livenessState"},
                     {"sonar", "FAILING", Json{{"failing", 2}}}};
  tree.groups = {{"liveness", {"livenessState", "gone"}}};
  return tree;
}

HttpResponse ask(std::string path, Details details = Details::kShown, std::string accept = "") {
  HttpRequest request;
  request.path = std::move(path);
  if (!accept.empty()) request.headers = {{"Accept", std::move(accept)}};
  return health_answer(tree(), request, details);
}

TEST(HealthTree, TheWorstCountsAndWhatIsNotSpringsCountsNothing) {
  const auto status = [](std::vector<std::string> statuses) {
    std::vector<HealthComponent> components;
    for (auto& one : statuses) components.push_back({"x", std::move(one)});
    return std::string(status_of(components));
  };
  EXPECT_EQ(status({"UP", "UNKNOWN"}), "UP");
  EXPECT_EQ(status({"OUT_OF_SERVICE", "UP"}), "OUT_OF_SERVICE");
  EXPECT_EQ(status({"OUT_OF_SERVICE", "DOWN", "UP"}), "DOWN");
  EXPECT_EQ(status({"FAILING", "UP"}), "UP");
  EXPECT_EQ(status({"FAILING"}), "UNKNOWN");
  EXPECT_EQ(status({}), "UNKNOWN");
}

TEST(HealthTree, IsAnsweredWholeByGroupAndByComponent) {
  EXPECT_EQ(ask("/actuator/health").status, 503);
  EXPECT_EQ(ask("/actuator/health").body,
            R"({"status":"DOWN","components":{"db":{"status":"UP"},"disks":{"status":"DOWN",)"
            R"("components":{"data":{"status":"DOWN"},"log":{"status":"UP"}}},)"
            R"("livenessState":{"status":"UP"},"sonar":{"status":"FAILING",)"
            R"("details":{"failing":2}}},"groups":["liveness"]})"
            "\n");
  EXPECT_EQ(ask("/actuator/health/liveness", Details::kHidden).body, "{\"status\":\"UP\"}\n");
  EXPECT_EQ(ask("/actuator/health/liveness").status, 200);
  EXPECT_EQ(ask("/actuator/health/disks/data").status, 503);
  EXPECT_EQ(ask("/actuator/health/disks/log").body, "{\"status\":\"UP\"}\n");
  EXPECT_EQ(ask("/actuator/health/liveness/livenessState").status, 200);
  EXPECT_EQ(ask("/actuator/health/liveness/db").status, 404);
  for (const auto* path : {"/actuator/health/", "/actuator/health/none", "/actuator/health/db/x"})
    EXPECT_EQ(ask(path).status, 404) << path;
  EXPECT_EQ(ask("/actuator/health", Details::kHidden).body,
            "{\"status\":\"DOWN\",\"groups\":[\"liveness\"]}\n");
  EXPECT_EQ(ask("/actuator/health/db", Details::kHidden).status, 404);
  EXPECT_FALSE(is_health_path("/actuator/healthy"));
}

TEST(HealthTree, HasTheTypeThatIsAskedFor) {
  const auto type = [](const char* accept) {
    return ask("/actuator/health", Details::kHidden, accept).content_type;
  };
  EXPECT_EQ(type("application/json"), "application/json");
  EXPECT_EQ(type("*/*"), "application/vnd.spring-boot.actuator.v3+json");
  EXPECT_EQ(type("application/vnd.spring-boot.actuator.v3+json, application/json"),
            "application/vnd.spring-boot.actuator.v3+json");
}

TEST(VersionAnswer, HasTheShapeOfTheSeed) {
  const auto json = parse_json(version_answer().body);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->size(), 3u);
  EXPECT_FALSE(string_member(*json, "package").empty());
  EXPECT_EQ(string_member(*json, "git"), "unittest");
  EXPECT_EQ(string_member(*json, "branch"), "unittest");
}

}  // namespace
}  // namespace candor
