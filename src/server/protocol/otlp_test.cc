#include "server/protocol/otlp.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "server/admit/limits.h"
#include "server/protocol/limits.h"
#include "server/protocol/samples_fixture.h"
#include "wire/protobuf.h"

namespace candor {
namespace {

class Otlp : public SamplesTest {
 protected:
  SamplesOrRefusal json(std::string body, std::string_view path = "/v1/metrics") {
    return read_at(path, otlp_routes(), std::move(body), {{"Content-Type", "application/json"}});
  }
  SamplesOrRefusal protobuf(std::string body, std::string_view path = "/v1/metrics") {
    return read_at(path, otlp_routes(), std::move(body),
                   {{"content-type", "Application/X-Protobuf; charset=x"}});
  }
  // `metric` is what stands in the list of metrics.
  SampleBatch metric(const std::string& metric, const std::string& resource = "{}") {
    return taken(json("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"unknown\":1,\"metrics\":[" +
                      metric + "]}],\"resource\":" + resource + "}]}"));
  }
  SampleBatch metric_message(const std::string& message) {
    std::string scope, resource, body;
    put_bytes_field(scope, 2, message);
    put_bytes_field(resource, 2, scope);
    put_bytes_field(body, 1, resource);
    return taken(protobuf(body));
  }
  static std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }
};

TEST_F(Otlp, NumbersAreTakenAsNumbersAndAsTexts) {
  const auto batch = metric(R"({"name":"up","gauge":{"dataPoints":[
      {"asInt":"7"},{"asInt":8},{"asDouble":"NaN"},{"asDouble":-0.5,"timeUnixNano":"1795244400000000001"}]}})");
  EXPECT_EQ(series_of(batch), "up {} 7\nup {} 8\nup {} nan\nup {} -0.5\n");
  EXPECT_EQ(batch.points, 4u);
  EXPECT_EQ(batch.rejected_points, 0u);
  EXPECT_EQ(read_all(batch.admitted.series)[3].samples[0].at, 1795244400000);
  EXPECT_EQ(read_all(batch.admitted.series)[0].samples[0].at, now());
  EXPECT_TRUE(batch.has_untimed) << "the same bytes are other samples later";
}

TEST_F(Otlp, LabelsAreThePointsAttributesAndThenTheResources) {
  const auto batch = metric(
      R"({"name":"up","gauge":{"dataPoints":[{"asInt":1,"attributes":[
          {"key":"job","value":{"stringValue":"own"}},{"key":"number","value":{"intValue":"5"}},
          {"key":"flag","value":{"boolValue":true}},{"key":"share","value":{"doubleValue":0.5}},
          {"key":"host.name","value":{"stringValue":"canary"}}]}]}})",
      R"({"attributes":[{"key":"job","value":{"stringValue":"of the resource"}}]})");
  EXPECT_EQ(series_of(batch), R"(up {"flag":"true","job":"own","number":"5","share":"0.5"} 1)"
                              "\n");
  ASSERT_EQ(batch.admitted.dropped.size(), 1u);
  EXPECT_EQ(batch.admitted.dropped[0].path, "up{host.name}");
}

TEST_F(Otlp, ASumIsACounterWhenItOnlyGrows) {
  EXPECT_EQ(
      series_of(metric(
          R"({"name":"requests","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":1}]}})")),
      "requests {} 1\n");
  EXPECT_EQ(
      metric(R"({"name":"requests","sum":{"aggregationTemporality":2,"dataPoints":[{"asInt":1}]}})")
          .admitted.quarantined,
      1u);
}

TEST_F(Otlp, BucketsOfAHistogramHaveWhatIsBelowThem) {
  const auto batch = metric(
      R"({"name":"duration","histogram":{"aggregationTemporality":2,"dataPoints":[
          {"count":"6","sum":9.5,"bucketCounts":["1",2,3],"explicitBounds":[0.5,1]}]}})");
  EXPECT_EQ(series_of(batch),
            "duration_count {} 6\nduration_sum {} 9.5\nduration_bucket {\"le\":\"0.5\"} 1\n"
            "duration_bucket {\"le\":\"1\"} 3\nduration_bucket {\"le\":\"+Inf\"} 6\n");
  EXPECT_EQ(batch.points, 1u);
}

TEST_F(Otlp, ASummaryHasItsQuantiles) {
  EXPECT_EQ(
      series_of(metric(
          R"({"name":"rpc","summary":{"dataPoints":[{"count":2,"sum":3,"quantileValues":[{"quantile":0.5,"value":1},{"value":0.25}]}]}})")),
      "rpc_count {} 2\nrpc_sum {} 3\nrpc {\"quantile\":\"0.5\"} 1\nrpc {\"quantile\":\"0\"} "
      "0.25\n");
}

TEST_F(Otlp, WhatCannotBeAddedUpIsRejected) {
  const auto batch = metric(
      R"({"name":"requests","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":1},{"asInt":2}]}},
         {"name":"duration","exponentialHistogram":{"dataPoints":[{}]}},
         {"name":"duration","histogram":{"dataPoints":[{"bucketCounts":[1,2],"explicitBounds":[1,2]}]}},
         {"name":"up","gauge":{"dataPoints":[7,{},{"asInt":"x"},{"asInt":1,"timeUnixNano":"x"}]}})");
  EXPECT_EQ(batch.admitted.refused.at("delta_temporality"), 2u);
  EXPECT_EQ(batch.admitted.refused.at("exponential_histogram"), 1u);
  EXPECT_EQ(batch.admitted.refused.at("bad_point"), 5u);
  EXPECT_EQ(batch.rejected_points, 8u);
  EXPECT_EQ(batch.admitted.accepted, 0u);
}

TEST_F(Otlp, APointWithoutAValueEndsItsSeries) {
  const auto batch = metric(R"({"name":"up","gauge":{"dataPoints":[{"flags":1}]}})");
  EXPECT_EQ(bits(read_all(batch.admitted.series)[0].samples[0].value), kStaleMarker);
}

TEST_F(Otlp, ProtobufIsReadWithItsFieldsInAnyOrder) {
  std::string value, attribute, point, sum, message;
  put_varint_field(value, 3, static_cast<std::uint64_t>(-5));
  put_bytes_field(attribute, 2, value);
  put_bytes_field(attribute, 1, "number");
  put_fixed64_field(point, 3, 1'795'244'400'000'000'000u);
  put_fixed64_field(point, 6, 42);
  put_bytes_field(point, 7, attribute);
  put_bytes_field(sum, 1, point);
  put_bytes_field(message, 5, sum);
  put_bytes_field(message, 1, "up");
  const auto batch = metric_message(message);
  EXPECT_EQ(series_of(batch), "up {\"number\":\"-5\"} 42\n");
  EXPECT_EQ(read_all(batch.admitted.series)[0].samples[0].at, 1'795'244'400'000);
}

TEST_F(Otlp, ProtobufSaysBehindThePointsWhatHoldsForThem) {
  std::string point, sum, message;
  put_fixed64_field(point, 4, bits(1));
  put_bytes_field(sum, 1, point);
  put_varint_field(sum, 3, 1);
  put_varint_field(sum, 2, 1);
  put_bytes_field(message, 7, sum);
  put_bytes_field(message, 1, "requests");
  EXPECT_EQ(metric_message(message).admitted.refused.at("delta_temporality"), 1u);
}

TEST_F(Otlp, PackedListsOfProtobufAreRead) {
  std::string counts, bounds, point, histogram, message;
  for (const std::uint64_t count : {1, 2})
    counts.append(reinterpret_cast<const char*>(&count), sizeof count);
  const double bound = 0.5;
  bounds.append(reinterpret_cast<const char*>(&bound), sizeof bound);
  put_fixed64_field(point, 4, 3);
  put_bytes_field(point, 6, counts);
  put_bytes_field(point, 7, bounds);
  put_bytes_field(histogram, 1, point);
  put_bytes_field(message, 1, "duration");
  put_bytes_field(message, 9, histogram);
  EXPECT_EQ(series_of(metric_message(message)),
            "duration_count {} 3\nduration_bucket {\"le\":\"0.5\"} 1\n"
            "duration_bucket {\"le\":\"+Inf\"} 3\n");
}

TEST_F(Otlp, LogsAndTracesAreCountedAndRejected) {
  const auto logs =
      taken(json(R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{},7]}]}]})", "/v1/logs"));
  EXPECT_EQ(logs.admitted.refused.at("logs"), 2u);
  EXPECT_EQ(logs.rejected_points, 2u);
  EXPECT_TRUE(logs.admitted.series.empty());
  EXPECT_EQ(taken(json("{}", "/v1/traces")).rejected_points, 0u);
}

TEST_F(Otlp, BeyondTheMostSamplesPointsAreCountedOnly) {
  std::string points = R"({"asInt":1,"attributes":[{"key":"job","value":{"stringValue":"j"}}]})";
  for (std::size_t i = 0; i < kMaxSamples + 2; ++i) points += R"(,{"asInt":1})";
  const auto batch = metric(R"({"name":"up","gauge":{"dataPoints":[)" + points + "]}}");
  EXPECT_EQ(batch.admitted.accepted, kMaxSamples);
  EXPECT_EQ(batch.admitted.refused.at("too_many_samples"), 3u);
  EXPECT_EQ(batch.points, kMaxSamples + 3);
  EXPECT_EQ(batch.rejected_points, 3u);
}

TEST_F(Otlp, WhatIsNoMessageIsRefused) {
  EXPECT_EQ(refused(json("[]")), "400 bad_document");
  EXPECT_EQ(refused(json("{\"resourceMetrics\":7}")), "400 bad_document");
  EXPECT_EQ(refused(json("{\"resourceMetrics\":[7]}")), "400 bad_document");
  EXPECT_EQ(refused(json("{\"a\":NaN}")), "400 bad_document");
  EXPECT_EQ(refused(protobuf("\xff")), "400 bad_document");
  EXPECT_EQ(refused(protobuf("\xff", "/v1/logs")), "400 bad_document");
  EXPECT_EQ(refused(read_at("/v1/metrics", otlp_routes(), "{}", {})), "415 unknown_type");
  EXPECT_EQ(refused(json(std::string(kMaxSamplesBodyBytes + 1, ' '))), "400 bad_encoding");
}

}  // namespace
}  // namespace candor
