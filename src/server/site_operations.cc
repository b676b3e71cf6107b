// The addresses of operations: pages and documents, for users alone.
#include "assets/pages.h"
#include "server/protocol/submission.h"
#include "server/site.h"
#include "server/site_answers.h"

namespace candor {
namespace {

HttpResponse not_enabled() {
  return error_answer(404, "no_operations",
                      "This collector has no operations center. To have one, set enabled = true "
                      "in [ops] of its configuration.");
}

// What is so now is nobody's to keep.
HttpResponse of_now(const Json& document) {
  auto response = json_answer(document);
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

}  // namespace

bool is_of_operations(std::string_view path) {
  const auto is_at = [&](std::string_view address) {
    return path == address || (path.starts_with(address) && path[address.size()] == '/');
  };
  return is_at(kOperationsPage) || is_at(kOperations);
}

HttpResponse Site::operations(const HttpRequest& request) {
  if (auto refused = desk_.refuse_private(request)) return *std::move(refused);
  const std::string_view path = request.path;
  // The page says what its document says.
  if (path.starts_with(kOperationsPage)) return page(request, kIndexPage);
  if (parts_.operations == nullptr) return not_enabled();
  return operations_document(
      request, std::string(path.substr(std::min(kOperations.size() + 1, path.size()))));
}

HttpResponse Site::operations_document(const HttpRequest& request, const std::string& name) {
  const auto client = make_http_client();
  OpsQuestions questions(parts_.operations->sources(), *client, parts_.keep_going);
  const auto now = parts_.clock.now();
  if (name.empty()) return of_now(questions.overview(now));
  const auto* range = panel_range(request.parameter("range").value_or("24h"));
  if (range == nullptr) return error_answer(400, "bad_parameter", "range is 24h or 15d.");
  const auto told = questions.installation(name, *range, now);
  if (told.ok()) return of_now(*told);
  if (told.error().kind == ErrorKind::kNotFound)
    return error_answer(404, "unknown_installation", told.error().message);
  return error_answer(503, "prometheus_unavailable", told.error().message);
}

}  // namespace candor
