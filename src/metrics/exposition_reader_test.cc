#include "metrics/exposition_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "metrics/limits.h"

namespace candor {
namespace {

std::string trouble(std::string_view text, Exposition format = Exposition::kText) {
  const auto read = read_exposition(text, format);
  return read.ok() ? "none" : read.error().message;
}

std::vector<MetricFamily> families(std::string_view text, Exposition format = Exposition::kText) {
  auto read = read_exposition(text, format);
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().message);
  return read.ok() ? *std::move(read) : std::vector<MetricFamily>();
}

constexpr std::string_view kExample =
    R"(# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400",}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
# A histogram, which has a pretty complex representation in the text format:
# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} NaN
rpc_duration_seconds_sum 1.7560473e+07
	 rpc_duration_seconds_count 2693
)";

// Of https://prometheus.io/docs/instrumenting/exposition_formats/, shortened.
TEST(ReadExposition, OfTheTextFormat) {
  const auto read = families(kExample);
  ASSERT_EQ(read.size(), 6u);
  EXPECT_EQ(read[0].name, "http_requests_total");
  EXPECT_EQ(read[0].type, MetricType::kCounter);
  EXPECT_EQ(read[0].help, "The total number of HTTP requests.");
  ASSERT_EQ(read[0].samples.size(), 2u);
  EXPECT_EQ(read[0].samples[0].value, 1027);
  EXPECT_EQ(read[0].samples[0].at, 1'395'066'363'000);
  EXPECT_EQ(read[0].samples[0].labels,
            (std::vector<FamilyLabel>{{"code", "200"}, {"method", "post"}}));
  EXPECT_EQ(read[1].samples[0].labels[0].value, "Cannot find file:\n\"FILE.TXT\"");
  EXPECT_EQ(read[1].samples[0].labels[1].value, "C:\\DIR\\FILE.TXT");
  EXPECT_FALSE(read[2].type);
  EXPECT_TRUE(std::isinf(read[3].samples[0].value));
  EXPECT_EQ(read[3].samples[0].at, -3'982'045);
  EXPECT_EQ(read[4].type, MetricType::kHistogram);
  EXPECT_EQ(read[4].samples.size(), 4u);
  EXPECT_EQ(read[5].type, MetricType::kSummary);
  EXPECT_EQ(read[5].samples.size(), 3u);
}

TEST(ReadExposition, WhatIsWrittenIsReadBack) {
  for (const auto format : {Exposition::kText, Exposition::kOpenMetrics}) {
    const auto text = expose(families(kExample), format);
    EXPECT_EQ(expose(families(text, format), format), text);
  }
}

TEST(ReadExposition, OfOpenMetrics) {
  const auto read = families(
      "# TYPE acme_requests counter\n# HELP acme_requests A \\\"quoted\\\" help.\n"
      "acme_requests_total{path=\"/\"} 9 1604.125 # {trace_id=\"x\"} 0.5\n"
      "acme_requests_created{path=\"/\"} 1.5\n# UNIT acme_requests requests\n# EOF\n",
      Exposition::kOpenMetrics);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].name, "acme_requests_total");
  EXPECT_EQ(read[0].type, MetricType::kCounter);
  EXPECT_EQ(read[0].help, "A \"quoted\" help.");
  EXPECT_EQ(read[0].samples[0].at, 1'604'125);
  EXPECT_EQ(read[1].name, "acme_requests_created");
  EXPECT_FALSE(read[1].type);
  EXPECT_NE(trouble("a 1\n", Exposition::kOpenMetrics).find("# EOF is missing"), std::string::npos);
}

TEST(ReadExposition, WhatIsNoneSaysWhereAndRepeatsNothing) {
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"ok 1\ncanary", "line 2: its value is no number"},
           {"canary x", "its value is no number"},
           {"1canary 1", "no metric's name begins it"},
           {"{} 1", "no metric's name begins it"},
           {"m{canary} 1", "a label has no name"},
           {"m{a:b=\"canary\"} 1", "a label has no name"},
           {"m{a=canary} 1", "does not end, or is too long"},
           {"m{a=\"canary", "does not end, or is too long"},
           {"m{a=\"canary\"", "its labels do not end"},
           {"m{a=\"canary\" b=\"\"} 1", "its labels do not end"},
           {"m{a=\"canary\",a=\"b\"} 1", "a label stands there twice"},
           {"m 1 canary", "its time is no number"},
           {"m 1 2 canary", "something follows its time"},
           {"m{a=\"canary\"} 1\nm{a=\"canary\"} 2", "line 2: that sample was there before"},
           {"# TYPE 1canary counter", "what it describes has no name"},
           {fmt::format("m{{a=\"{}\"}} 1", std::string(kMaxExposedValueBytes + 1, 'c')),
            "does not end, or is too long"},
           {std::string(kMaxExposedNameBytes + 1, 'c') + " 1", "no metric's name"}}) {
    const auto said = trouble(text);
    EXPECT_NE(said.find(why), std::string::npos) << text << ": " << said;
    EXPECT_EQ(said.find("canary"), std::string::npos) << said;
  }
}

TEST(ReadExposition, HasLimits) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxExposedSamples; ++i) many += fmt::format("m{{i=\"{}\"}} 1\n", i);
  EXPECT_NE(trouble(many).find("more than 50000 samples"), std::string::npos);
  std::string labels = "m{";
  for (std::size_t i = 0; i <= kMaxExposedLabels; ++i) labels += fmt::format("l{}=\"\",", i);
  EXPECT_NE(trouble(labels + "} 1").find("more than 64 labels"), std::string::npos);
}

TEST(ReadExposition, LiesAboutTypesChangeNothing) {
  const auto read = families(
      "# TYPE a histogram\na 1\na_bucket 2\n# TYPE b nonsense\nb 3\n# TYPE c counter\nc_sum 4\n"
      "# TYPE c gauge\nc 5\r\n#TYPE\n#\n   \n");
  ASSERT_EQ(read.size(), 4u);
  EXPECT_EQ(read[0].samples.size(), 2u);
  EXPECT_FALSE(read[1].type);
  EXPECT_EQ(read[2].name, "c_sum");
  EXPECT_EQ(read[3].type, MetricType::kGauge);
}

TEST(ExpositionOf, IsSaidByTheContentType) {
  EXPECT_EQ(exposition_of("application/openmetrics-text; version=1.0.0"), Exposition::kOpenMetrics);
  for (const auto* other : {"text/plain; version=0.0.4", "", "text/html"})
    EXPECT_EQ(exposition_of(other), Exposition::kText) << other;
}

}  // namespace
}  // namespace candor
