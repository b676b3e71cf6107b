#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "server/admit/series_fixture.h"
#include "server/record/record.h"

namespace candor {
namespace {

SamplesRecord record_of(const std::vector<AdmittedSample>& samples) {
  SamplesRecord record{
      "mesh", "prometheus", "c0", from_unix_millis(1'795'244'400'000), RecordKey{1, 2}, {}};
  record.admitted.series.add({7, "up", R"({"a":"x\"y","job":"j"})", ""}, samples);
  return record;
}

AdmittedSamples back_from(const SamplesRecord& record) {
  const auto decoded = decode_record(encode(record));
  EXPECT_TRUE(decoded.ok()) << decoded.error().message;
  return std::get<SamplesRecord>(*decoded).admitted;
}

TEST(SamplesRecord, EveryValueComesBackToTheBit) {
  const std::vector<double> values = {0,
                                      -0.0,
                                      1,
                                      -1.5,
                                      0.1,
                                      1e300,
                                      5e-324,
                                      9007199254740993.0,
                                      12345678901234567890.0,
                                      std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::infinity(),
                                      std::numeric_limits<double>::quiet_NaN(),
                                      std::bit_cast<double>(kStaleMarker)};
  std::vector<AdmittedSample> samples;
  for (const auto value : values) samples.push_back({1'795'244'400'000, value, 0});
  const auto back = back_from(record_of(samples));
  const auto read = read_all(back.series)[0].samples;
  ASSERT_EQ(read.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read[i].value), std::bit_cast<std::uint64_t>(values[i]))
        << values[i];
  }
  EXPECT_EQ(back.accepted, values.size());
}

TEST(SamplesRecord, NamesTagsDropsAndCountsComeBack) {
  auto record = record_of({{1, 1, 0}});
  // One that begins like the one before it, one that it begins with, and one like no other.
  record.admitted.series.add({8, "up_to", R"({"a":"x\"z"})", "i"},
                             std::vector<AdmittedSample>{{2, 2, UINT64_MAX}, {3, 3, 0}});
  record.admitted.series.add({9, "up", "{}", "i"}, std::vector<AdmittedSample>{{4, 4, 0}});
  record.admitted.series.add({UINT64_MAX, "down", "", ""}, std::vector<AdmittedSample>{{-5, 5, 0}});
  record.admitted.quarantined = 7;
  record.admitted.dropped.push_back({"nobody", "metric", Problem::kUndeclared, 7});
  const auto back = back_from(record);
  std::string text;
  for (const auto& series : read_all(back.series)) {
    text += std::to_string(series.id) + " " + series.metric + series.labels + series.installation;
    for (const auto& sample : series.samples)
      text += " " + std::to_string(sample.at) + ":" + std::to_string(sample.tag);
    text += "\n";
  }
  EXPECT_EQ(text,
            "7 up{\"a\":\"x\\\"y\",\"job\":\"j\"} 1:0\n"
            "8 up_to{\"a\":\"x\\\"z\"}i 2:18446744073709551615 3:0\n"
            "9 up{}i 4:0\n"
            "18446744073709551615 down -5:0\n");
  EXPECT_EQ(back.accepted, 5u);
  EXPECT_EQ(back.quarantined, 7u);
  ASSERT_EQ(back.dropped.size(), 1u);
  EXPECT_EQ(back.dropped[0].count, 7u);
}

TEST(SamplesRecord, ADamagedOneIsTold) {
  const auto bytes = encode(record_of({{1, 1, 0}}));
  const auto series = bytes.find('\n') + 1;
  for (auto size = series + 1; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_record(bytes.substr(0, size)).ok()) << size;
  // More in common with the series before than that has, no samples, and more than there are.
  const std::string id(8, '\1');
  using namespace std::string_literals;
  for (const auto& damaged : {"\1\0\0\0\0\0\2"s, "\0\0\0\0\0\0\0"s, "\0\0\0\0\0\0\x7e"s,
                              "\0\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"s}) {
    EXPECT_FALSE(decode_record(bytes.substr(0, series) + id + damaged).ok());
  }
}

}  // namespace
}  // namespace candor
