#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "server/record/record.h"

namespace candor {
namespace {

SamplesRecord record_of(std::vector<double> values) {
  SamplesRecord record{
      "mesh", "prometheus", "c0", from_unix_millis(1'795'244'400'000), RecordKey{1, 2}, {}};
  AdmittedSeries series{"up", R"({"a":"x\"y","job":"j"})", "", {}};
  for (const auto value : values) series.samples.push_back({1'795'244'400'000, value, 0});
  record.admitted.series.push_back(std::move(series));
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
  const auto back = back_from(record_of(values));
  ASSERT_EQ(back.series[0].samples.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back.series[0].samples[i].value),
              std::bit_cast<std::uint64_t>(values[i]))
        << values[i];
  }
  EXPECT_EQ(back.accepted, values.size());
}

TEST(SamplesRecord, LabelsInstallationTagsDropsAndCountsComeBack) {
  auto record = record_of({1});
  record.admitted.series[0].installation = "i";
  record.admitted.series[0].samples[0].tag = UINT64_MAX;
  record.admitted.quarantined = 7;
  record.admitted.dropped.push_back({"nobody", "metric", Problem::kUndeclared, 7});
  const auto back = back_from(record);
  EXPECT_EQ(back.series[0].labels, record.admitted.series[0].labels);
  EXPECT_EQ(back.series[0].installation, "i");
  EXPECT_EQ(back.series[0].samples[0].tag, UINT64_MAX);
  EXPECT_EQ(back.quarantined, 7u);
  ASSERT_EQ(back.dropped.size(), 1u);
  EXPECT_EQ(back.dropped[0].count, 7u);
}

TEST(SamplesRecord, ADamagedOneIsTold) {
  const auto bytes = encode(record_of({1}));
  EXPECT_FALSE(decode_record(bytes.substr(0, bytes.size() - 2)).ok());
  for (const auto* line : {"7\n", "[]\n", "[\"up\",{},\"\",[1]]\n", "[\"up\",{},\"\",[1,\"zz\"]]\n",
                           "[\"up\",7,\"\"]\n", "[\"up\",{},\"\",[1,2,-3]]\n"}) {
    EXPECT_FALSE(decode_record(bytes.substr(0, bytes.find('\n') + 1) + line).ok()) << line;
  }
}

}  // namespace
}  // namespace candor
