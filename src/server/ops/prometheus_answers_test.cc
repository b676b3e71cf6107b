#include "server/ops/prometheus_answers.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(PromqlText, IsOneStringWhateverANameHolds) {
  EXPECT_EQ(promql_text("eu1"), R"("eu1")");
  EXPECT_EQ(promql_text(R"(a"b\c)"), R"("a\"b\\c")");
  EXPECT_EQ(promql_text("a\nb\x01"), R"("a\x0ab\x01")");
  EXPECT_EQ(promql_text("\"} or vector(1) #"), R"("\"} or vector(1) #")");
}

TEST(PrometheusAnswers, SeriesOfAMomentAndOfARange) {
  const auto now = parse_series(R"({"status":"success","data":{"resultType":"vector","result":[)"
                                R"({"metric":{"job":"a","n":7},"value":[1732255200.5,"0.25"]}]}})");
  ASSERT_TRUE(now.ok());
  ASSERT_EQ(now->size(), 1u);
  EXPECT_EQ(label_of(now->front().labels, "job"), "a");
  EXPECT_EQ(label_of(now->front().labels, "n"), "");
  EXPECT_EQ(now->front().points.front().value, 0.25);
  const auto range = parse_series(
      R"({"status":"success","data":{"resultType":"matrix","result":[)"
      R"({"metric":{},"values":[[1,"2"],[2,"NaN"],[3,"+Inf"],[4,"x"],[5],[6,"-1e3"]]},)"
      R"({"metric":{"job":"none"},"values":[[1,"NaN"]]}]}})");
  ASSERT_TRUE(range.ok());
  ASSERT_EQ(range->size(), 1u) << "what has no number is no series";
  ASSERT_EQ(range->front().points.size(), 2u);
  EXPECT_EQ(range->front().points.back().value, -1000);
}

TEST(PrometheusAnswers, AlertsAndWhatMutesThem) {
  const auto alerts = parse_alerts(
      R"({"status":"success","data":{"alerts":[{"labels":{"alertname":"A"},"annotations":)"
      R"({"summary":"s"},"state":"firing","activeAt":"2026-11-22T10:00:00.123456789Z"},)"
      R"({"labels":{"alertname":"B"},"state":"pending","activeAt":"soon"}]}})");
  ASSERT_TRUE(alerts.ok());
  ASSERT_EQ(alerts->size(), 2u);
  EXPECT_TRUE(alerts->at(0).is_firing);
  EXPECT_EQ(format_rfc3339(*alerts->at(0).since), "2026-11-22T10:00:00.123Z");
  EXPECT_FALSE(alerts->at(1).is_firing);
  EXPECT_FALSE(alerts->at(1).since);
  const auto muted = parse_muted(
      R"([{"labels":{"alertname":"A"},"status":{"state":"suppressed","silencedBy":["x"]}},)"
      R"({"labels":{"alertname":"B"},"status":{"state":"suppressed","silencedBy":[]}},)"
      R"({"labels":{"alertname":"C"},"status":{"state":"active"}}, 7])");
  ASSERT_TRUE(muted.ok());
  ASSERT_EQ(muted->size(), 2u);
  EXPECT_TRUE(muted->at(0).is_silenced);
  EXPECT_FALSE(muted->at(1).is_silenced);
}

TEST(PrometheusAnswers, WhatIsNoAnswerIsTold) {
  for (const auto* text : {"", "<html>", "[]", "7", "null", R"({"status":"error","error":"x"})",
                           R"({"status":"success"})"}) {
    EXPECT_FALSE(parse_series(text).ok()) << text;
    EXPECT_FALSE(parse_alerts(text).ok()) << text;
    EXPECT_FALSE(parse_values(text).ok()) << text;
  }
  EXPECT_FALSE(parse_muted("{}").ok());
  EXPECT_TRUE(parse_series(R"({"status":"success","data":{"result":7}})")->empty());
  EXPECT_EQ(*parse_values(R"({"status":"success","data":["a",7,"b"]})"),
            (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace candor
