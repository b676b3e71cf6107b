#include "sonar/variables.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

const ScanVariables kVariables = {
    {"api", "https://api.example.com/v1"}, {"id", "a/../b?c"}, {"quote", "say \"hi\""}};

TEST(ScanVariables, ValuesStandForTheirNames) {
  EXPECT_EQ(*fill("x {{id}} y {{ quote }}", kVariables), "x a/../b?c y say \"hi\"");
  EXPECT_EQ(*fill("{ {{ not closed", kVariables), "{ {{ not closed");
}

TEST(ScanVariables, AMissingOneIsNamed) {
  const auto filled = fill("{{api}}/{{tenant}}", kVariables);
  ASSERT_FALSE(filled.ok());
  EXPECT_EQ(filled.error().message, "there is no value for {{tenant}}");
}

TEST(ScanVariables, AValueInAnAddressStaysInItsPlace) {
  EXPECT_EQ(*fill_url("{{api}}/tenants/{{id}}", kVariables),
            "https://api.example.com/v1/tenants/a%2F..%2Fb%3Fc");
}

TEST(ScanVariables, TextsInDocumentsAreFilled) {
  const Json document = {{"a", {"{{quote}}", 1}}, {"b", {{"c", "{{id}}"}}}};
  EXPECT_EQ(to_line(*fill_json(document, kVariables)),
            R"({"a":["say \"hi\"",1],"b":{"c":"a/../b?c"}})");
}

TEST(ScanRedactor, TakesSecretsOutHoweverTheyAreWritten) {
  Redactor secrets;
  secrets.add("p&ss \"word\"");
  EXPECT_EQ(secrets.redact("a p&ss \"word\" b"), "a *** b");
  EXPECT_EQ(secrets.redact("q=p%26ss%20%22word%22&x"), "q=***&x");
  EXPECT_EQ(secrets.redact(R"({"p":"p&ss \"word\""})"), R"({"p":"***"})");
  EXPECT_EQ(secrets.redact("cCZzcyAid29yZCI="), "***");
  EXPECT_TRUE(secrets.finds_in("x=p%26ss%20%22word%22"));
  EXPECT_FALSE(secrets.finds_in("nothing"));
}

TEST(ScanRedactor, TheLongestIsTakenOutFirst) {
  Redactor secrets;
  secrets.add("secret");
  secrets.add("secret-token");
  EXPECT_EQ(secrets.redact("secret-token secret"), "*** ***");
}

TEST(ScanVariables, AreFoundInATextByTheirNames) {
  EXPECT_TRUE(has_variable("{{api}}/t/{{ id }}", "id"));
  EXPECT_FALSE(has_variable("{{api}}/id/{{identity}}/{{id", "id"));
}

}  // namespace
}  // namespace candor
