#include "sonar/html_forms.h"

#include <gtest/gtest.h>

#include "sonar/limits.h"

namespace candor {
namespace {

// As Keycloak writes it.
constexpr std::string_view kLogin = R"(<!DOCTYPE html><html><body>
<form id="search" action="/search" method="get"><input type="search" name="q"></form>
<FORM id="kc-form-login" action="https://idp.test/login?session_code=a&amp;tab=b" method="POST">
  <input id="username" name="username" value="" type="text">
  <input id="password" name="password" value="" type="password">
  <input type="checkbox" name="rememberMe"> <input type="checkbox" name="terms" checked>
  <input type="hidden" name="credentialId" value="&quot;x&quot;">
  <input type="submit" name="login" value="Sign In"><input type="submit" name="cancel" value="No">
</FORM></body>)";

TEST(HtmlForms, ALoginFormIsFilledAsABrowserFillsIt) {
  const auto forms = *read_forms(kLogin);
  ASSERT_EQ(forms.forms.size(), 2u);
  const auto* form = login_form(forms);
  ASSERT_NE(form, nullptr);
  EXPECT_TRUE(form->is_post);
  EXPECT_EQ(form->action, "https://idp.test/login?session_code=a&tab=b");
  EXPECT_EQ(filled_form(*form, "me", "pw"), (FormFields{{"username", "me"},
                                                        {"password", "pw"},
                                                        {"terms", "on"},
                                                        {"credentialId", "\"x\""},
                                                        {"login", "Sign In"}}));
}

TEST(HtmlForms, AFormThatAsksForTheUserAloneIsALogin) {
  const auto forms = *read_forms(
      R"(<form method=post><input name=state type=hidden value=s><input type=email name=user>)"
      R"(<button name=go value=1>Next</button></form>)");
  const auto* form = login_form(forms);
  ASSERT_NE(form, nullptr);
  EXPECT_FALSE(form->has_password());
  EXPECT_EQ(filled_form(*form, "me", ""),
            (FormFields{{"state", "s"}, {"user", "me"}, {"go", "1"}}));
}

TEST(HtmlForms, PagesWithoutOneHaveNone) {
  EXPECT_EQ(login_form(*read_forms("")), nullptr);
  EXPECT_EQ(login_form(*read_forms("{\"json\": true}")), nullptr);
  EXPECT_EQ(login_form(*read_forms("<form><input name=q></form>")), nullptr);
  EXPECT_EQ(login_form(*read_forms("<!-- <form><input type=password></form> -->")), nullptr);
  EXPECT_EQ(login_form(*read_forms("<input type=password name=p>")), nullptr);
}

TEST(HtmlForms, TheBaseOfAPageIsTold) {
  EXPECT_EQ(read_forms("<head><base href='/sub/'></head><form></form>")->base, "/sub/");
}

TEST(HtmlForms, FormsAndInputsBeyondTheLimitsAreLeftOut) {
  std::string page;
  for (std::size_t i = 0; i < kMaxForms + 5; ++i) page += "<form><input name=a></form>";
  EXPECT_EQ(read_forms(page)->forms.size(), kMaxForms);
  page = "<form>";
  for (std::size_t i = 0; i < kMaxFormInputs + 5; ++i) page += "<input name=a>";
  EXPECT_EQ(read_forms(page)->forms.front().inputs.size(), kMaxFormInputs);
}

TEST(HtmlForms, ATagThatIsTooLongEndsThePageWhateverStandsInIt) {
  const std::string form = "<form method=post><input type=password name=p></form>";
  for (const auto& piece : {std::string("x"), std::string("x>"), std::string("=\"'>")}) {
    std::string value;
    while (value.size() < 2 * kMaxTagBytes) value += piece;
    for (const auto* quote : {"'", "\""}) {
      const auto page =
          std::string("<form><input name=a value=") + quote + value + quote + ">" + form;
      const auto read = read_forms(page);
      ASSERT_TRUE(read.ok());
      for (const auto& one : read->forms) {
        for (const auto& input : one.inputs) EXPECT_LE(input.value.size(), kMaxTagBytes) << piece;
      }
    }
  }
  // Not so a long script, which login pages have.
  const auto script = "<script>" + std::string(3 * kMaxTagBytes, 'x') + "</script>";
  EXPECT_NE(login_form(*read_forms(script + form)), nullptr);
}

TEST(HtmlForms, InputsThatMakeAFormTooLargeAreNotSent) {
  std::string page = "<form method=post>";
  const std::string value(kMaxFormBytes / 3, 'x');
  for (const auto* name : {"a", "b", "c", "d"})
    page += std::string("<input type=hidden name=") + name + " value=" + value + ">";
  page += "<input type=password name=p></form><form><input name=q></form>";
  const auto forms = *read_forms(page);
  ASSERT_EQ(forms.forms.size(), 2u);
  ASSERT_EQ(forms.forms[0].inputs.size(), 3u);
  EXPECT_EQ(forms.forms[0].inputs[2].type, "password");
  EXPECT_EQ(forms.forms[1].inputs.size(), 1u);
}

}  // namespace
}  // namespace candor
