#include "contract/receipt.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace candor {
namespace {

const SigningKey& key() {
  static const auto generated = SigningKey::generate();
  return generated;
}
std::string public_key() { return to_base64(key().public_key()); }

Receipt signed_receipt() {
  return sign_receipt(std::string(64, 'a'), std::string(64, 'c'), "2026-11-21T07:00:00Z", key());
}

TEST(Receipt, WhatTheCollectorSignedIsBelieved) {
  const auto receipt = signed_receipt();
  EXPECT_EQ(signed_text(receipt), "candor receipt 1\n" + std::string(64, 'a') + "\n" +
                                      std::string(64, 'c') + "\n2026-11-21T07:00:00Z\n");
  EXPECT_TRUE(verify_receipt(receipt, std::string(64, 'a'), public_key()).ok());
}

TEST(Receipt, IsForTheseBytesAndThisKeyOnly) {
  EXPECT_FALSE(verify_receipt(signed_receipt(), std::string(64, 'b'), public_key()).ok());
  EXPECT_FALSE(verify_receipt(signed_receipt(), std::string(64, 'a'),
                              to_base64(SigningKey::generate().public_key()))
                   .ok());
  EXPECT_FALSE(verify_receipt(signed_receipt(), std::string(64, 'a'), "").ok());
}

TEST(Receipt, NoPartOfItCanBeChanged) {
  for (auto member : {&Receipt::body_sha256, &Receipt::contract, &Receipt::received_at,
                      &Receipt::key, &Receipt::signature}) {
    auto receipt = signed_receipt();
    auto& text = receipt.*member;
    text[0] = text[0] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_receipt(receipt, receipt.body_sha256, receipt.key).ok()) << text;
  }
  auto receipt = signed_receipt();
  receipt.signature = "no base64";
  EXPECT_FALSE(verify_receipt(receipt, receipt.body_sha256, receipt.key).ok());
}

TEST(Receipt, NoByteOfItsFileCanBeChanged) {
  const auto text = receipt_text(signed_receipt());
  const auto holds = [](std::string_view file) {
    const auto receipt = parse_receipt_text(file);
    return receipt.ok() && verify_receipt(*receipt, std::string(64, 'a'), public_key()).ok();
  };
  ASSERT_TRUE(holds(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = text;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      EXPECT_FALSE(holds(changed)) << "byte " << i << ", bit " << bit;
    }
  }
  EXPECT_FALSE(holds(text + "\n"));
  EXPECT_FALSE(holds(text.substr(0, text.size() - 1)));
}

TEST(Receipt, ComesBackFromTheAnswer) {
  Json answer;
  answer["receipt"] = to_json(signed_receipt());
  const auto receipt = receipt_of(answer);
  ASSERT_TRUE(receipt.ok()) << receipt.error().message;
  EXPECT_TRUE(verify_receipt(*receipt, std::string(64, 'a'), public_key()).ok());
}

TEST(Receipt, OneThatIsNotWholeIsRefused) {
  EXPECT_FALSE(receipt_of(Json::object()).ok());
  EXPECT_FALSE(receipt_of(Json::array()).ok());
  for (const auto* member : {"body_sha256", "contract", "received_at", "key", "signature"}) {
    Json answer;
    answer["receipt"] = to_json(signed_receipt());
    answer["receipt"].erase(member);
    EXPECT_FALSE(receipt_of(answer).ok()) << member;
    answer["receipt"][member] = 3;
    EXPECT_FALSE(receipt_of(answer).ok()) << member;
  }
}

}  // namespace
}  // namespace candor
