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

}  // namespace
}  // namespace candor
