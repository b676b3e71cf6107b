#include "metrics/exposition.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace candor {
namespace {

std::vector<MetricFamily> some() {
  MetricFamily requests{"http_requests_total", "Requests, by \"code\"\nand path.",
                        MetricType::kCounter};
  requests.add(3, {{"code", "200"}, {"path", "C:\\a\"b\"\n"}});
  requests.add(0.5);
  MetricFamily odd{"odd", "A counter of no name for one.", MetricType::kCounter};
  odd.add(std::numeric_limits<double>::quiet_NaN());
  odd.samples[0].at = 1'795'248'000'250;
  MetricFamily unknown{"guess", "", std::nullopt};
  unknown.add(std::numeric_limits<double>::infinity());
  unknown.add(-std::numeric_limits<double>::infinity(), {{"a", ""}});
  MetricFamily empty{"empty", "Has no samples.", MetricType::kGauge};
  MetricFamily took{"took_seconds", "How long.", MetricType::kHistogram};
  took.samples = {{"took_seconds_bucket", {{"le", "+Inf"}}, 2},
                  {"took_seconds_sum", {}, 1.25},
                  {"took_seconds_count", {}, 2}};
  return {requests, odd, unknown, empty, took};
}

TEST(Exposition, OfTheTextFormat) {
  EXPECT_EQ(expose(some(), Exposition::kText),
            "# HELP http_requests_total Requests, by \"code\"\\nand path.\n"
            "# TYPE http_requests_total counter\n"
            "http_requests_total{code=\"200\",path=\"C:\\\\a\\\"b\\\"\\n\"} 3\n"
            "http_requests_total 0.5\n"
            "# HELP odd A counter of no name for one.\n"
            "# TYPE odd counter\n"
            "odd NaN 1795248000250\n"
            "# HELP guess \n"
            "# TYPE guess untyped\n"
            "guess +Inf\n"
            "guess{a=\"\"} -Inf\n"
            "# HELP took_seconds How long.\n"
            "# TYPE took_seconds histogram\n"
            "took_seconds_bucket{le=\"+Inf\"} 2\n"
            "took_seconds_sum 1.25\n"
            "took_seconds_count 2\n");
}

TEST(Exposition, OfOpenMetrics) {
  const auto text = expose(some(), Exposition::kOpenMetrics);
  EXPECT_TRUE(
      text.starts_with("# HELP http_requests Requests, by \\\"code\\\"\\nand path.\n"
                       "# TYPE http_requests counter\n"
                       "http_requests_total{code=\"200\""))
      << text;
  EXPECT_NE(text.find("# TYPE odd unknown\nodd NaN 1795248000.25\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  EXPECT_EQ(expose({}, Exposition::kOpenMetrics), "# EOF\n");
  EXPECT_EQ(expose({}, Exposition::kText), "");
}

TEST(Exposition, IsWhatTheClientReadsBest) {
  for (const auto* accept :
       {"application/openmetrics-text",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
        "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "text/plain;q=0.5, Application/OpenMetrics-Text; version=1.0.0; charset=utf-8"})
    EXPECT_EQ(exposition_for(accept), Exposition::kOpenMetrics) << accept;
  for (const auto* accept :
       {"", "*/*", "text/plain", "text/html", "application/openmetrics-text;q=0", ";;,=,;q=,q",
        "application/openmetrics-text;version=0.0.1",
        "application/openmetrics-text;version=1.0.0;q=0.1, text/plain"})
    EXPECT_EQ(exposition_for(accept), Exposition::kText) << accept;
}

}  // namespace
}  // namespace candor
