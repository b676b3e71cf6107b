// The forms of an HTML page, read by libxml2's parser without making a tree of it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace candor {

struct HtmlInput {
  std::string name;
  std::string type;  // lower case; "text" when it does not say, "submit" of a button
  std::string value;
  bool checked = false;
};

struct HtmlForm {
  std::string action;  // as it stands; empty: the page itself
  bool is_post = false;
  std::vector<HtmlInput> inputs;

  bool has_password() const;
};

struct HtmlForms {
  std::string base;  // of <base href>; empty: the page's own address
  std::vector<HtmlForm> forms;
};

// Of whatever bytes; at most kMaxForms with kMaxFormInputs and kMaxFormBytes each. The library is
// loaded by the first call; kUnavailable when it is not there. Any thread.
Result<HtmlForms> read_forms(std::string_view page);

// The form that asks for a password, else one that asks for a user alone; nullptr when none does.
const HtmlForm* login_form(const HtmlForms& forms);

using FormFields = std::vector<std::pair<std::string, std::string>>;

// What a browser posts when somebody typed user and password and pressed the first button: hidden
// inputs as they are.
FormFields filled_form(const HtmlForm& form, const std::string& user, const std::string& password);

}  // namespace candor
