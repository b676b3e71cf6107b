#include "simulate/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "base/json.h"
#include "contract/check.h"
#include "simulate/series.h"

namespace candor {
namespace {

constexpr std::int64_t kUntil = 20'778;  // 2026-11-21

Contract contract_at(const std::string& path) {
  auto contract = read_contract(Path(CANDOR_TEST_SOURCE_DIR) / path);
  if (!contract.ok()) throw std::runtime_error(contract.error().message);
  return *std::move(contract);
}

EventStream stream_of(const Contract& contract, EventStreamOptions options) {
  auto stream = EventStream::make(contract, options);
  if (!stream.ok()) throw std::runtime_error(stream.error().message);
  return *std::move(stream);
}

Scalar scalar_of(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  return std::string_view(value.get_ref<const std::string&>());
}

void check_values(const Contract& contract, const Schema::Node* node, const Json& value) {
  ASSERT_NE(node, nullptr) << value;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items())
      check_values(contract, node->member(key), member);
    return;
  }
  ASSERT_TRUE(node->field.has_value()) << value;
  const auto& field = contract.fields[*node->field];
  const auto problem = check(field, scalar_of(value));
  if (field.privacy == PrivacyClass::kClear) {
    EXPECT_FALSE(problem.has_value()) << field.path << ": " << value;
  } else {
    EXPECT_EQ(problem, Problem::kNotHashed) << field.path << ": the collector is to hash it";
  }
}

TEST(EventStream, EachMessageHasTheSizeAndFitsTheContract) {
  const auto contract = contract_at("bench/product.toml");
  const auto stream = stream_of(contract, {7, 500, 20, 3, kUntil, 512});
  std::set<std::string> ids, sources;
  for (std::uint64_t number = 0; number < 500; ++number) {
    const auto line = stream.message(number);
    EXPECT_EQ(line.size(), 512u) << line;
    const auto message = parse_json(line);
    ASSERT_TRUE(message.ok()) << line;
    ids.insert(message->at("messageId"));
    sources.insert(message->at("anonymousId"));
    const auto& root = contract.event(message->at("event").get<std::string>())->schema.root();
    for (const auto* part : {"properties", "context"})
      check_values(contract, root.member(part), message->at(part));
  }
  EXPECT_EQ(ids.size(), 500u);
  EXPECT_EQ(sources.size(), 20u);
}

TEST(EventStream, SameOptionsGiveTheSameBytesAndAnotherSeedGivesOthers) {
  const auto contract = contract_at("bench/product.toml");
  const EventStreamOptions options{7, 100, 20, 1, kUntil, 512};
  const auto stream = stream_of(contract, options);
  EXPECT_EQ(stream.message(41), stream_of(contract, options).message(41));
  auto other = options;
  other.seed = 8;
  EXPECT_NE(stream.message(41), stream_of(contract, other).message(41));
}

TEST(EventStream, TimesGoEvenlyOverTheDays) {
  const auto contract = contract_at("bench/product.toml");
  const auto stream = stream_of(contract, {7, 4, 20, 2, kUntil, 0});
  std::vector<std::string> times;
  for (std::uint64_t number = 0; number < 4; ++number)
    times.push_back(parse_json(stream.message(number))->at("timestamp"));
  EXPECT_THAT(times, testing::ElementsAre("2026-11-19T00:00:00Z", "2026-11-19T12:00:00Z",
                                          "2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z"));
}

TEST(EventStream, TextGrowsNoLongerThanTheContractAllows) {
  const auto contract = contract_at("bench/product.toml");
  const auto message = parse_json(stream_of(contract, {7, 1, 1, 1, kUntil, 100'000}).message(0));
  EXPECT_EQ(message->at("properties").at("detail").get<std::string>().size(), 512u);
}

TEST(EventStream, AContractWithoutEventsOrAStrangeNumberIsRefused) {
  const auto contract = contract_at("bench/product.toml");
  EXPECT_EQ(EventStream::make(contract, {7, 0, 1, 1, kUntil, 512}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(EventStream::make(contract, {7, 1, 1, 2, 1, 512}).error().kind, ErrorKind::kUsage);
  const auto stone = contract_at("contracts/stone.toml");
  EXPECT_EQ(EventStream::make(stone, {7, 1, 1, 1, kUntil, 512}).error().kind,
            ErrorKind::kConfiguration);
}

TEST(SeriesSet, AllSeriesDifferAndHaveTheLabelsOfTheContract) {
  const auto contract = contract_at("bench/product.toml");
  const auto series = SeriesSet::make(contract, {7, 1000, 20, kUntil});
  ASSERT_TRUE(series.ok());
  std::set<std::string> lines;
  for (std::uint64_t number = 0; number < 1000; ++number) {
    const auto line = series->line(number);
    EXPECT_THAT(line, testing::MatchesRegex(
                          "http_requests_total\\{cluster=\"[0-9a-f-]{36}\",service=\"[a-z]+\","
                          "method=\"[a-z]+\",code=\"[a-z]+\",region=\"[a-z]+\",zone=\"[a-z]+\","
                          "version=\"[a-z]+\",handler=\"[a-z]+-[0-9]+\"\\} [0-9]+ 1795219200000"));
    lines.insert(line.substr(0, line.find('}')));
  }
  EXPECT_EQ(lines.size(), 1000u);
  EXPECT_EQ(series->line(3), SeriesSet::make(contract, {7, 9, 20, kUntil})->line(3));
}

}  // namespace
}  // namespace candor
