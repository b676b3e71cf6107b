// The addresses of quarantine: what is in it, and what users do with it.
#include <algorithm>

#include "base/log.h"
#include "base/numbers.h"
#include "server/limits.h"
#include "server/protocol/submission.h"
#include "server/replay.h"
#include "server/site.h"
#include "server/site_answers.h"

namespace candor {
namespace {

constexpr std::string_view kReplay = "quarantine/replay";
constexpr std::string_view kDrop = "quarantine/drop";

Json replayed_document(const std::string& product, const Replayed& replayed) {
  return {{"schema_version", 1},
          {"product", product},
          {"records", replayed.records},
          {"values", replayed.values},
          {"held", replayed.held},
          {"other_consent", replayed.other_consent},
          {"lost", replayed.lost},
          {"next", replayed.next ? Json(*replayed.next) : Json(nullptr)}};
}

}  // namespace

HttpResponse not_found() {
  return error_answer(404, "not_found", "There is nothing at this address.");
}

HttpResponse no_figures(const Error& error) {
  if (error.kind == ErrorKind::kBadData)
    log_warning("the store refuses a question: {}", error.message);
  return error_answer(503, "store_unavailable",
                      "The figures cannot be read at the moment. Ask again in a moment.");
}

std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const auto slash = std::min(path.find('/'), path.size());
  return {path.substr(0, slash), path.substr(std::min(slash + 1, path.size()))};
}

bool decides_quarantine(std::string_view path) {
  return path.starts_with(kProducts) && (path.ends_with(kReplay) || path.ends_with(kDrop));
}

HttpResponse Site::quarantine(const HttpRequest& request, const Product& product,
                              std::string_view what, Questions& questions) {
  if (what == "quarantine") {
    return figures(questions.quarantine(product.name(), parts_.clock.now()),
                   [&](const auto& fields) { return quarantine_document(product.name(), fields); });
  }
  if (what != "quarantine/values") return not_found();
  const auto field = request.parameter("field").value_or("");
  return figures(
      questions.held_values(product.name(), field, kMaxValuesShown),
      [&](const auto& values) { return held_values_document(product.name(), field, values); });
}

HttpResponse Site::decide_quarantine(const HttpRequest& request, Questions& questions) {
  const auto rest = std::string_view(request.path).substr(kProducts.size() + 1);
  const auto [name, what] = split(rest);
  if (auto refused = desk_.refuse_change(request)) return *std::move(refused);
  // A page elsewhere cannot send this type without asking first, which nobody answers here.
  if (request.header("Content-Type") != "application/json") {
    return error_answer(415, "unknown_type", "Send it with Content-Type: application/json.");
  }
  const auto* product = parts_.catalogue.find(name);
  if (product == nullptr)
    return error_answer(404, "unknown_product", "There is no such product here.");
  if (what == kDrop) {
    const auto field = request.parameter("field").value_or("");
    return figures(questions.drop_held(product->name(), field), [&](std::uint64_t count) {
      return Json{{"schema_version", 1}, {"product", product->name()}, {"dropped", count}};
    });
  }
  if (what != kReplay) return not_found();
  const auto from = parse_unsigned<std::uint64_t>(request.parameter("from").value_or("0"));
  if (!from) return error_answer(400, "bad_parameter", "from is the number of a value.");
  return figures(
      replay(questions.engine(), parts_.catalogue, parts_.intake, parts_.hash, *product, *from,
             parts_.clock.now()),
      [&](const Replayed& replayed) { return replayed_document(product->name(), replayed); });
}

}  // namespace candor
