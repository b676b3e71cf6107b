#include "server/present/health.h"

#include <gtest/gtest.h>

#include <set>

namespace candor {
namespace {

CollectorCondition well() {
  CollectorCondition condition;
  condition.store_answers = true;
  condition.disk_path = "/data";
  condition.disk.total = 1ull << 40;
  condition.disk.free = 1ull << 39;
  condition.journal.bytes = 10;
  condition.journal.max_bytes = 100;
  return condition;
}

std::string status_of(const HttpResponse& response, std::string_view component = "") {
  const auto json = parse_json(response.body);
  if (!json.ok()) return "no JSON";
  return component.empty() ? string_member(*json, "status")
                           : string_member((*json)["components"][std::string(component)], "status");
}

HttpResponse health_answer(const CollectorCondition& condition, Details details) {
  HttpRequest request;
  request.path = "/actuator/health";
  return candor::health_answer(health_of(condition), request, details);
}

TEST(Health, IsUpWhenEverythingIs) {
  const auto response = health_answer(well(), Details::kShown);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/vnd.spring-boot.actuator.v3+json");
  const auto json = parse_json(response.body);
  ASSERT_TRUE(json.ok());
  // As the seed has it.
  EXPECT_EQ(
      to_line((*json)["components"]["db"]),
      R"({"status":"UP","details":{"database":"ClickHouse","result":1,"validationQuery":"SELECT 1"}})");
  EXPECT_EQ(
      to_line((*json)["components"]["diskSpace"]),
      R"({"status":"UP","details":{"total":1099511627776,"free":549755813888,"threshold":10485760,"path":"/data","exists":true}})");
  EXPECT_EQ(to_line((*json)["components"]["journal"]),
            R"({"status":"UP","details":{"bytes":10,"max":100,"fsyncOk":true,"full":false}})");
}

TEST(Health, SaysNoMoreThanTheStatusToStrangers) {
  EXPECT_EQ(health_answer(well(), Details::kHidden).body,
            R"({"status":"UP","groups":["liveness","readiness"]})"
            "\n");
  auto condition = well();
  condition.store_answers = false;
  EXPECT_EQ(health_answer(condition, Details::kHidden).body,
            R"({"status":"DOWN","groups":["liveness","readiness"]})"
            "\n");
}

TEST(Health, IsDownWithoutTheStore) {
  auto condition = well();
  condition.store_answers = false;
  condition.journal.full = true;
  const auto response = health_answer(condition, Details::kShown);
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(status_of(response), "DOWN");
  EXPECT_EQ(status_of(response, "db"), "DOWN");
  EXPECT_EQ(status_of(response, "journal"), "OUT_OF_SERVICE");
  EXPECT_EQ(response.body.find("\"result\""), std::string::npos);
}

TEST(Health, IsOutOfServiceWhenNothingCanBeTaken) {
  for (const auto spoil : std::initializer_list<void (*)(CollectorCondition&)>{
           [](CollectorCondition& c) { c.journal.full = true; },
           [](CollectorCondition& c) { c.journal.fsync_ok = false; },
           [](CollectorCondition& c) { c.journal.disk_ok = false; },
           [](CollectorCondition& c) { c.store_trouble = "It is damaged."; },
           [](CollectorCondition& c) { c.disk.free = (10u << 20) - 1; }}) {
    auto condition = well();
    spoil(condition);
    const auto response = health_answer(condition, Details::kShown);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(status_of(response), "OUT_OF_SERVICE");
  }
}

TEST(Metrics, EachHasHelpTypeAndOneNumber) {
  auto condition = well();
  condition.journal.last_durable = {5};
  condition.loader.oldest = from_unix_millis(1'000);
  const auto response = metrics_answer(condition, from_unix_millis(3'500), Exposition::kText);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  std::set<std::string> names;
  std::string_view rest = response.body;
  const auto line = [&rest] {
    const auto end = rest.find('\n');
    const std::string text(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    return text;
  };
  while (!rest.empty()) {
    const auto help = line(), type = line(), sample = line();
    const auto name = sample.substr(0, sample.find(' '));
    EXPECT_TRUE(help.starts_with("# HELP " + name + " ")) << help;
    EXPECT_TRUE(type == "# TYPE " + name + " gauge" || type == "# TYPE " + name + " counter")
        << type;
    EXPECT_EQ(name.ends_with("_total"), type.ends_with("counter")) << name;
    EXPECT_NO_THROW(std::stod(sample.substr(name.size()))) << sample;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_NE(response.body.find("\ncandor_engine_up 1\n"), std::string::npos);
  EXPECT_NE(response.body.find("\ncandor_loader_oldest_unstored_seconds 2.5\n"), std::string::npos);
  const auto open = metrics_answer(well(), {}, Exposition::kOpenMetrics);
  EXPECT_NE(open.body.find("\ncandor_loader_oldest_unstored_seconds 0\n"), std::string::npos);
  EXPECT_NE(open.body.find("# TYPE candor_journal_appends counter\n"), std::string::npos);
  EXPECT_TRUE(open.content_type.starts_with("application/openmetrics-text"));
}

}  // namespace
}  // namespace candor
