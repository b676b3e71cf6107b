#include "sonar/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/digest.h"
#include "sonar/limits.h"
#include "wire/url.h"

namespace candor {
namespace {

enum class Place { kText, kUrl };

Result<std::string> fill_in(std::string_view text, const ScanVariables& variables, Place place) {
  std::string result;
  for (;;) {
    const auto open = text.find("{{");
    const auto close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return result.append(text);
    result.append(text.substr(0, open));
    const auto name = without_blanks(text.substr(open + 2, close - open - 2));
    const auto found = variables.find(name);
    if (found == variables.end()) {
      return Error{ErrorKind::kNotFound, fmt::format("there is no value for {{{{{}}}}}", name)};
    }
    const bool encode = place == Place::kUrl && !result.empty();
    result += encode ? url_encode(found->second) : found->second;
    text.remove_prefix(close + 2);
  }
}

}  // namespace

Result<std::string> fill(std::string_view text, const ScanVariables& variables) {
  return fill_in(text, variables, Place::kText);
}

Result<std::string> fill_url(std::string_view text, const ScanVariables& variables) {
  return fill_in(text, variables, Place::kUrl);
}

Result<Json> fill_json(const Json& document, const ScanVariables& variables) {
  if (document.is_string()) {
    CANDOR_ASSIGN(text, fill(document.get_ref<const std::string&>(), variables));
    return Json(std::move(text));
  }
  auto result = document;
  if (!document.is_structured()) return result;
  for (auto& member : result) {
    CANDOR_ASSIGN(filled, fill_json(member, variables));
    member = std::move(filled);
  }
  return result;
}

bool has_variable(std::string_view text, std::string_view name) {
  for (;;) {
    const auto open = text.find("{{");
    const auto close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return false;
    if (without_blanks(text.substr(open + 2, close - open - 2)) == name) return true;
    text.remove_prefix(close + 2);
  }
}

std::string form_body(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string body;
  for (const auto& [name, value] : fields)
    body += fmt::format("{}{}={}", body.empty() ? "" : "&", url_encode(name), url_encode(value));
  return body;
}

void Redactor::add(std::string_view secret) {
  if (secret.size() < kMinSecretBytes) return;
  const auto quoted =
      Json(std::string(secret)).dump(-1, ' ', false, Json::error_handler_t::replace);
  for (auto form : {std::string(secret), url_encode(secret), quoted.substr(1, quoted.size() - 2),
                    to_base64(secret)}) {
    if (std::ranges::find(forms_, form) == forms_.end()) forms_.push_back(std::move(form));
  }
  std::ranges::stable_sort(forms_, std::ranges::greater(), &std::string::size);
}

std::string Redactor::redact(std::string_view text) const {
  std::string result(text);
  for (const auto& form : forms_) {
    for (auto at = result.find(form); at != std::string::npos; at = result.find(form, at + 3))
      result.replace(at, form.size(), "***");
  }
  return result;
}

bool Redactor::finds_in(std::string_view text) const {
  return std::ranges::any_of(
      forms_, [&](const auto& form) { return text.find(form) != std::string_view::npos; });
}

}  // namespace candor
