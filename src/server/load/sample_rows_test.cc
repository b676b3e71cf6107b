#include "server/load/sample_rows.h"

#include <gtest/gtest.h>

#include <cstring>

#include "server/load/limits.h"

namespace candor {
namespace {

constexpr std::int64_t kDay = 86'400'000;

struct Given {
  std::uint64_t id;
  std::string_view metric;
  std::vector<AdmittedSample> samples;
};

SamplesRecord record_of(const std::vector<Given>& all, std::string product = "p") {
  SamplesRecord record;
  record.product = std::move(product);
  record.protocol = "otlp";
  record.contract = "c";
  for (const auto& [id, metric, samples] : all)
    record.admitted.series.add({id, metric, "{}", "i"}, samples);
  return record;
}

// Reads a block of the Native format that has this table's columns: "p m 1 at 0 value version".
class NativeReader {
 public:
  explicit NativeReader(std::string_view bytes) : rest_(bytes) {}
  std::string text() {
    EXPECT_EQ(count(), 8u);
    const auto rows = count();
    std::vector<std::string> lines(rows);
    for (const std::string type :
         {"String", "String", "UInt64", "Date", "UInt64", "UInt64", "Float64", "UInt64"}) {
      word();
      EXPECT_EQ(word(), type);
      for (auto& line : lines) {
        if (type == "String") line += word() + " ";
        if (type == "Date") line += std::to_string(number<std::uint16_t>()) + " ";
        if (type == "UInt64") line += std::to_string(number<std::uint64_t>()) + " ";
        if (type == "Float64") line += std::to_string(static_cast<int>(number<double>())) + " ";
      }
    }
    EXPECT_TRUE(rest_.empty());
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  }

 private:
  std::size_t count() {
    std::size_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::string word() {
    const auto size = count();
    const std::string word(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return word;
  }
  template <typename T>
  T number() {
    T value{};
    EXPECT_GE(rest_.size(), sizeof value);
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view rest_;
};

// All of the samples.
std::string taken_from(SampleRows& rows) {
  std::string all, piece;
  do {
    rows.take_samples(piece);
    all += piece;
  } while (!piece.empty());
  return all;
}

TEST(SampleRows, AreSortedAsTheirTableIs) {
  SampleRows rows;
  rows.add(record_of({{9, "up", {{kDay + 2, 1, 0}, {kDay + 1, 2, 0}}}, {3, "up", {{5, 3, 0}}}}),
           Position{1});
  rows.add(record_of({{9, "up", {{kDay + 1, 4, 7}}}, {8, "down", {{1, 5, 0}}}}), Position{2});
  rows.add(record_of({{1, "up", {{1, 6, 0}}}}, "a"), Position{3});
  EXPECT_EQ(NativeReader(taken_from(rows)).text(),
            "a up 1 0 1 0 6 3 \n"
            "p up 3 0 5 0 3 1 \n"
            "p down 8 0 1 0 5 2 \n"
            "p up 9 1 86400001 0 2 1 \n"
            "p up 9 1 86400001 7 4 2 \n"
            "p up 9 1 86400002 0 1 1 \n");
  EXPECT_TRUE(rows.empty());
  EXPECT_TRUE(taken_from(rows).empty());
}

TEST(SampleRows, ManyAreTakenInPieces) {
  SampleRows rows;
  std::vector<AdmittedSample> samples;
  constexpr std::int64_t kRows = 50'000;
  for (std::int64_t i = 0; i < kRows; ++i) samples.push_back({i, 1, 0});
  rows.add(record_of({{1, "up", samples}}), Position{1});
  std::string piece;
  std::size_t pieces = 0, bytes = 0;
  for (rows.take_samples(piece); !piece.empty(); rows.take_samples(piece)) {
    ++pieces;
    bytes += piece.size();
    EXPECT_LT(piece.size(), 2 * kLoadPieceBytes);
  }
  EXPECT_GT(pieces, 1u);
  EXPECT_GT(bytes, kRows * 40u);
  EXPECT_TRUE(rows.empty());
}

TEST(SampleRows, ManySeriesOfAMetricAreToldApartSoon) {
  // Their ids begin with the same ten bits. With all of them in one place of a table this takes
  // hours.
  SampleRows rows;
  for (int block = 0; block < 3; ++block) {
    std::vector<std::tuple<std::uint64_t, std::string, std::vector<AdmittedSample>>> all;
    SamplesRecord record = record_of({});
    for (std::uint64_t i = 0; i < 300'000; ++i) {
      const auto id = std::uint64_t{5} << 54 | (i * 0x9e3779b97f4a7c15 >> 10);
      const AdmittedSample sample{1, 1, 0};
      record.admitted.series.add({id, "up", "{}", "i"}, {&sample, 1});
    }
    rows.add(record, Position{1});
    EXPECT_EQ(rows.take_series().empty(), block > 0);
    taken_from(rows);
    rows.stored();
  }
}

TEST(SampleRows, WhatIsClearedIsNotTaken) {
  SampleRows rows;
  rows.add(record_of({{1, "up", {{1, 1, 0}}}}), Position{1});
  rows.clear();
  EXPECT_TRUE(rows.take_series().empty());
  EXPECT_TRUE(taken_from(rows).empty());
}

class Naming : public testing::Test {
 protected:
  // How many bytes of names a block with these samples of one series has.
  std::size_t named(std::vector<std::int64_t> times, bool stored = true) {
    std::vector<AdmittedSample> samples;
    for (const auto at : times) samples.push_back({at, 1, 0});
    rows_.add(record_of({{1, "up", samples}}), Position{1});
    const auto series = rows_.take_series();
    taken_from(rows_);
    if (stored) rows_.stored();
    return series.bytes().size();
  }
  SampleRows rows_;
};

TEST_F(Naming, ASeriesIsNamedOnceADay) {
  const auto one = named({1, 2});
  EXPECT_GT(one, 0u);
  EXPECT_EQ(named({3}), 0u);
  EXPECT_EQ(named({4, kDay, kDay + 1, 5}), one);
  EXPECT_EQ(named({kDay}), 0u);
}

TEST_F(Naming, WhatWasNotStoredIsNamedAgain) {
  const auto one = named({1}, false);
  EXPECT_EQ(named({1}), one);
  EXPECT_EQ(named({1}), 0u);
}

TEST_F(Naming, WhatWasForgottenIsNamedAgain) {
  const auto one = named({1});
  rows_.forget();
  EXPECT_EQ(named({1}), one);
}

}  // namespace
}  // namespace candor
