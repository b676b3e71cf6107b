#include "sonar/step_request.h"

#include <string>

namespace candor {
namespace {

// A value from an answer must not begin a header of its own.
std::string one_line(std::string value) {
  std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
  return value;
}

}  // namespace

Result<ScanRequest> request_of(const SonarStep& step, const ScanVariables& variables,
                               Redactor& secrets) {
  ScanRequest request;
  request.method = step.method;
  request.wanted = step.expect.status;
  CANDOR_ASSIGN(address, fill_url(step.url, variables));
  CANDOR_ASSIGN(url, parse_url(address));
  request.url = std::move(url);
  for (const auto& [name, text] : step.headers) {
    CANDOR_ASSIGN(value, fill(text, variables));
    request.headers.push_back({name, one_line(std::move(value))});
  }
  if (!step.bearer.empty()) {
    CANDOR_ASSIGN(token, fill(step.bearer, variables));
    secrets.add(token);
    request.headers.push_back({"Authorization", "Bearer " + one_line(std::move(token))});
  }
  if (!step.json.is_null()) {
    CANDOR_ASSIGN(document, fill_json(step.json, variables));
    request.body = to_line(document);
    request.headers.push_back({"Content-Type", "application/json"});
  }
  if (!step.form.empty()) {
    auto fields = step.form;
    for (auto& [name, value] : fields) {
      CANDOR_ASSIGN(text, fill(value, variables));
      value = std::move(text);
    }
    request.body = form_body(fields);
    request.headers.push_back({"Content-Type", "application/x-www-form-urlencoded"});
  }
  return request;
}

}  // namespace candor
