#include "contract/check.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace candor {
namespace {

Field field(FieldType type) {
  Field field;
  field.type = type;
  field.max_length = 8;
  return field;
}

std::string verdict(const Field& field, const Scalar& value) {
  const auto problem = check(field, value);
  return problem ? std::string(name_of(*problem)) : "fits";
}

constexpr std::int64_t operator""_i(unsigned long long n) { return static_cast<std::int64_t>(n); }
using Text = std::string_view;

TEST(Check, TypesAreWhatTheyAre) {
  EXPECT_EQ(verdict(field(FieldType::kBoolean), true), "fits");
  EXPECT_EQ(verdict(field(FieldType::kBoolean), 1_i), "wrong_type");
  EXPECT_EQ(verdict(field(FieldType::kInteger), 1_i), "fits");
  EXPECT_EQ(verdict(field(FieldType::kInteger), std::numeric_limits<std::uint64_t>::max()), "fits");
  EXPECT_EQ(verdict(field(FieldType::kInteger), 3.0), "fits");
  EXPECT_EQ(verdict(field(FieldType::kInteger), 3.5), "wrong_type");
  EXPECT_EQ(verdict(field(FieldType::kInteger), Text("3")), "wrong_type");
  EXPECT_EQ(verdict(field(FieldType::kInteger), true), "wrong_type");
  EXPECT_EQ(verdict(field(FieldType::kNumber), 3.5), "fits");
  EXPECT_EQ(verdict(field(FieldType::kNumber), std::nan("")), "wrong_type");
  EXPECT_EQ(verdict(field(FieldType::kString), Text("text")), "fits");
  EXPECT_EQ(verdict(field(FieldType::kString), 3_i), "wrong_type");
  EXPECT_EQ(verdict(field(FieldType::kTimestamp), Text("2026-11-21T05:00:12.251606")), "fits");
  EXPECT_EQ(verdict(field(FieldType::kTimestamp), Text("yesterday")), "wrong_type");
}

TEST(Check, NullAlwaysFitsUnlessTheFieldIsNever) {
  for (const auto type : {FieldType::kBoolean, FieldType::kInteger, FieldType::kNumber,
                          FieldType::kString, FieldType::kTimestamp}) {
    EXPECT_EQ(verdict(field(type), nullptr), "fits");
  }
  auto never = field(FieldType::kString);
  never.privacy = PrivacyClass::kNever;
  EXPECT_EQ(verdict(never, nullptr), "never");
  EXPECT_EQ(verdict(never, Text("x")), "never");
}

TEST(Check, BoundsHold) {
  auto number = field(FieldType::kInteger);
  number.min = 0;
  number.max = 10;
  EXPECT_EQ(verdict(number, 0_i), "fits");
  EXPECT_EQ(verdict(number, std::int64_t{-1}), "too_small");
  EXPECT_EQ(verdict(number, 11_i), "too_large");
  EXPECT_EQ(verdict(field(FieldType::kString), Text("12345678")), "fits");
  EXPECT_EQ(verdict(field(FieldType::kString), Text("123456789")), "too_long");
  auto choice = field(FieldType::kString);
  choice.values = {"a much longer one", "b"};
  EXPECT_EQ(verdict(choice, Text("a much longer one")), "fits");
  EXPECT_EQ(verdict(choice, Text("c")), "not_allowed");
}

TEST(Check, HashedFieldsHoldHashes) {
  auto hashed = field(FieldType::kString);
  hashed.privacy = PrivacyClass::kHashed;
  EXPECT_EQ(verdict(hashed, Text("d41d8cd98f00b204e9800998ecf8427e")), "fits");
  EXPECT_EQ(verdict(hashed, Text("D41D8CD98F00B204E9800998ECF8427E")), "not_hashed");
  EXPECT_EQ(verdict(hashed, Text("jo")), "not_hashed");
  hashed.hash = HashKind::kSha256;
  EXPECT_EQ(verdict(hashed, Text("d41d8cd98f00b204e9800998ecf8427e")), "not_hashed");
  auto keyed = field(FieldType::kString);
  keyed.privacy = PrivacyClass::kKeyed;
  EXPECT_EQ(
      verdict(keyed, Text(std::string_view(
                         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))),
      "fits");
  EXPECT_EQ(verdict(keyed, Text("jo")), "not_hashed");
}

TEST(Check, ExpiryCountsFromItsDay) {
  auto some = field(FieldType::kString);
  EXPECT_FALSE(is_expired(some, 100));
  some.expires = 100;
  EXPECT_FALSE(is_expired(some, 99));
  EXPECT_TRUE(is_expired(some, 100));
}

}  // namespace
}  // namespace candor
