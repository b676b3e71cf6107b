// The addresses of operations: pages and documents, for users alone.
#include <fmt/format.h>

#include <algorithm>

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

// Of an address below that of all documents; empty: of all installations.
std::string installation_of(const HttpRequest& request) {
  return request.path.substr(std::min(kOperations.size() + 1, request.path.size()));
}

const PanelRange* range_of(const HttpRequest& request) {
  return panel_range(request.parameter("range").value_or("24h"));
}

// What makes documents different; both were looked at.
std::string key_of(const HttpRequest& request) {
  auto name = installation_of(request);
  return name.empty() ? name : fmt::format("{}\n{}", range_of(request)->name, name);
}

}  // namespace

bool is_of_operations(std::string_view path) {
  const auto is_at = [&](std::string_view address) {
    return path == address || (path.starts_with(address) && path[address.size()] == '/');
  };
  return is_at(kOperationsPage) || is_at(kOperations);
}

std::optional<HttpResponse> Site::operations_at_once(const HttpRequest& request) {
  if (auto refused = desk_.refuse_private(request)) return refused;
  // The page says what its document says.
  if (request.path.starts_with(kOperationsPage)) return page(request, kIndexPage);
  if (parts_.operations == nullptr) return not_enabled();
  if (range_of(request) == nullptr)
    return error_answer(400, "bad_parameter", "range is 24h or 15d.");
  return std::nullopt;
}

void Site::answer_operations(HttpRequest request, const Respond& respond) {
  using std::chrono::steady_clock;
  if (!request.header("Authorization").empty()) {
    // A program's password takes time; it may wait for its document in the same thread.
    auto& pool = parts_.operations_pool == nullptr ? parts_.sign_in_pool : *parts_.operations_pool;
    return pool.ask(
        [this, request = std::move(request)](Questions&) {
          if (auto answer = operations_at_once(request)) return *std::move(answer);
          const auto key = key_of(request);
          if (auto kept = operations_->kept(key, steady_clock::now())) return *std::move(kept);
          auto document = operations_document(request);
          operations_->made(key, document, steady_clock::now());
          return document;
        },
        respond);
  }
  if (auto answer = operations_at_once(request)) return respond(*std::move(answer));
  auto key = key_of(request);
  if (!operations_->wants(key, respond, steady_clock::now())) return;
  parts_.operations_pool->ask(
      [this, request = std::move(request)](Questions&) { return operations_document(request); },
      Respond([shared = operations_, key = std::move(key)](HttpResponse response) {
        shared->made(key, response, steady_clock::now());
      }));
}

HttpResponse Site::operations_document(const HttpRequest& request) {
  const auto client = make_http_client();
  OpsQuestions questions(parts_.operations->sources(), *client, parts_.keep_going);
  const auto now = parts_.clock.now();
  const auto name = installation_of(request);
  if (name.empty()) return json_answer(questions.overview(now));
  const auto told = questions.installation(name, *range_of(request), now);
  if (told.ok()) return json_answer(*told);
  if (told.error().kind == ErrorKind::kNotFound)
    return error_answer(404, "unknown_installation", told.error().message);
  return error_answer(503, "prometheus_unavailable", told.error().message);
}

}  // namespace candor
