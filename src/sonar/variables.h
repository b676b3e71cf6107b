// Texts with {{variables}} in them, and what is never told of their values.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace candor {

using ScanVariables = std::map<std::string, std::string, std::less<>>;

// The text with the values in it. kNotFound, with the name, when there is no such variable.
Result<std::string> fill(std::string_view text, const ScanVariables& variables);
// The same of an address: a value that does not stand at its beginning is percent-encoded, so that
// it stays where it is put.
Result<std::string> fill_url(std::string_view text, const ScanVariables& variables);
// The same of all texts in a document.
Result<Json> fill_json(const Json& document, const ScanVariables& variables);

// Whether the text holds {{name}}.
bool has_variable(std::string_view text, std::string_view name);

// "a=1&b=2", as forms are posted.
std::string form_body(const std::vector<std::pair<std::string, std::string>>& fields);

// Knows what must not be told, and takes it out of texts.
class Redactor {
 public:
  // From now on. Shorter than kMinSecretBytes it is not looked for.
  void add(std::string_view secret);
  // With *** for each secret, however it is written: plain, percent-encoded, in JSON or Base64.
  std::string redact(std::string_view text) const;
  bool finds_in(std::string_view text) const;

 private:
  std::vector<std::string> forms_;  // the longest first
};

}  // namespace candor
