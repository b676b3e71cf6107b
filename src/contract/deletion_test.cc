#include "contract/deletion.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace candor {
namespace {

constexpr std::string_view kInstallation = "70b28f00-e38f-41b2-a723-aab344f535b9";

const SigningKey& key() {
  static const auto generated = SigningKey::generate();
  return generated;
}
std::string public_key() { return to_base64(key().public_key()); }

Deletion signed_deletion() {
  return sign_deletion("stone", std::string(kInstallation), "2026-11-21T07:00:00Z", key());
}

TEST(Deletion, WhatTheCollectorSignedIsBelieved) {
  const auto deletion = signed_deletion();
  EXPECT_EQ(
      signed_text(deletion),
      "candor deletion 1\nstone\n70b28f00-e38f-41b2-a723-aab344f535b9\n2026-11-21T07:00:00Z\n");
  EXPECT_TRUE(verify_deletion(deletion, "stone", kInstallation, public_key()).ok());
}

TEST(Deletion, IsForThisInstallationAndThisKeyOnly) {
  const auto deletion = signed_deletion();
  EXPECT_FALSE(verify_deletion(deletion, "mesh", kInstallation, public_key()).ok());
  EXPECT_FALSE(verify_deletion(deletion, "stone", random_uuid(), public_key()).ok());
  EXPECT_FALSE(verify_deletion(deletion, "stone", kInstallation,
                               to_base64(SigningKey::generate().public_key()))
                   .ok());
}

TEST(Deletion, NoPartOfItCanBeChanged) {
  for (auto member : {&Deletion::product, &Deletion::installation, &Deletion::deleted_at,
                      &Deletion::key, &Deletion::signature}) {
    auto deletion = signed_deletion();
    auto& text = deletion.*member;
    text[0] = text[0] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(
        verify_deletion(deletion, deletion.product, deletion.installation, public_key()).ok());
  }
}

TEST(Deletion, ComesThroughTheAnswerAsItWas) {
  const auto deletion = signed_deletion();
  const auto read = deletion_of({{"status", "deleted"}, {"deletion", to_json(deletion)}});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_json(*read), to_json(deletion));
  EXPECT_FALSE(deletion_of({{"status", "deleted"}}).ok());
  const auto whole = to_json(deletion);
  for (const auto& [name, value] : whole.items()) {
    auto torn = whole;
    torn.erase(name);
    EXPECT_FALSE(deletion_of({{"deletion", torn}}).ok()) << name;
  }
}

TEST(DeletionRequest, ComesThroughTheWireAsItWas) {
  const DeletionRequest request{"stone", std::string(kInstallation), std::string(64, 'a')};
  const auto read = deletion_request_of(to_body(request));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->product, request.product);
  EXPECT_EQ(read->installation, request.installation);
  EXPECT_EQ(read->secret, request.secret);
}

TEST(DeletionRequest, NeedsAllOfIt) {
  for (
      const auto* body :
      {"", "[]",
       R"({"format":2,"product":"p","installation":"70b28f00-e38f-41b2-a723-aab344f535b9","secret":"s"})",
       R"({"format":1,"installation":"70b28f00-e38f-41b2-a723-aab344f535b9","secret":"s"})",
       R"({"format":1,"product":"p","installation":"' OR 1","secret":"s"})",
       R"({"format":1,"product":"p","installation":"70b28f00-e38f-41b2-a723-aab344f535b9"})",
       R"({"format":1,"product":"p","installation":"70b28f00-e38f-41b2-a723-aab344f535b9","secret":7})"}) {
    EXPECT_FALSE(deletion_request_of(body).ok()) << body;
  }
}

TEST(DeletionSubject, IsTheHashOfWhatARecordSays) {
  const auto deletion = sha256_hex("secret");
  EXPECT_EQ(deletion_subject({"stone", std::string(kInstallation), "secret"}),
            deletion_subject("stone", kInstallation, deletion));
  EXPECT_EQ(deletion_subject("stone", kInstallation, deletion),
            sha256_hex("stone\n" + std::string(kInstallation) + "\n" + deletion));
}

}  // namespace
}  // namespace candor
