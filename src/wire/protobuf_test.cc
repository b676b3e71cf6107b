#include "wire/protobuf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace candor {
namespace {

using namespace std::literals;

TEST(Protobuf, FieldsComeBackAsTheyWereWritten) {
  std::string message;
  put_varint_field(message, 1, 300);
  put_varint_field(message, 2, UINT64_MAX);
  put_fixed64_field(message, 3, std::bit_cast<std::uint64_t>(-1.5));
  put_bytes_field(message, 536'870'911, "text");
  ProtobufReader reader(message);
  ProtobufField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is_number(1) && field.value == 300);
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is_number(2) && field.integer() == -1);
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is_fixed64(3) && field.real() == -1.5);
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is_bytes(536'870'911) && field.bytes == "text");
  EXPECT_FALSE(field.is_number(536'870'911));
  EXPECT_FALSE(reader.next(field));
  EXPECT_TRUE(reader.ok());
}

TEST(Protobuf, AnEmptyMessageHasNoField) {
  ProtobufReader reader("");
  ProtobufField field;
  EXPECT_FALSE(reader.next(field));
  EXPECT_TRUE(reader.ok());
}

TEST(Protobuf, WhatIsNoFieldEndsTheMessageForGood) {
  const std::vector<std::string> damaged = {
      "\x08"s,                                    // no value
      "\x09\x01\x02"s,                            // eight bytes, of which two are there
      "\x0a\x05"s + "abc",                        // five bytes, of which three are there
      "\x0d\x01"s,                                // four bytes, of which one is there
      "\x0b"s,                                    // a group
      std::string("\0\x01", 2),                   // field 0
      std::string(11, '\xff'),                    // a number without an end
      "\x08"s + std::string(9, '\xff') + "\x02",  // of more than 64 bits
  };
  for (const auto& message : damaged) {
    ProtobufReader reader(message);
    ProtobufField field;
    EXPECT_FALSE(reader.next(field));
    EXPECT_FALSE(reader.ok());
    EXPECT_FALSE(reader.next(field));
  }
}

}  // namespace
}  // namespace candor
