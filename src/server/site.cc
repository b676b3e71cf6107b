#include "server/site.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "assets/pages.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/numbers.h"
#include "server/limits.h"
#include "server/present/web_documents.h"
#include "server/protocol/submission.h"
#include "server/site_answers.h"
#include "visitor/scripts.h"

namespace candor {
namespace {

// Of a product, behind its address; web/src/address.ts has the same.
constexpr std::string_view kPages[] = {"",        "plugins", "usage",      "web",
                                       "metrics", "crashes", "quarantine", "lookup"};

// Whether something is to be read there, or below it. A client that has the path wrong is told so.
bool is_address(std::string_view path) {
  constexpr std::string_view kExact[] = {"/",        "/icon.svg", "/version", "/v1/key",
                                         "/metrics", kSignIn,     kProducts,  kSession};
  return std::ranges::find(kExact, path) != std::end(kExact) || path.starts_with("/assets/") ||
         path.starts_with("/p/") || is_health_path(path) || is_of_operations(path) ||
         path.starts_with(std::string(kProducts) + "/") || is_script(path);
}

// For people: the sentence instead of the document.
HttpResponse in_words(HttpResponse response, std::string_view sentence) {
  response.body = std::string(sentence) + "\n";
  response.content_type = "text/plain; charset=utf-8";
  return response;
}

HttpResponse bad_parameter(const Error& error) {
  return error_answer(400, "bad_parameter", error.message);
}

}  // namespace

Site::Site(Parts parts)
    : parts_(parts),
      desk_({parts.web, parts.clock, fmt::format("{}", fmt::join(parts.trusted_proxies, ",")),
             parts.session_key}) {}

bool Site::answer_sign_in(const HttpRequest& request, const Respond& respond) {
  using Answer = HttpResponse (*)(Site&, const HttpRequest&);
  const bool is_post = request.method == "POST";
  const bool is_get = request.method == "GET" || request.method == "HEAD";
  Answer answer = nullptr;
  if (request.path == kSignIn && is_post)
    answer = [](Site& site, const HttpRequest& form) { return site.desk_.take_form(form); };
  if (request.path == kSignOut && is_post)
    answer = [](Site& site, const HttpRequest& asked) { return site.desk_.sign_out(asked); };
  if (request.path == kSignIn && is_get)
    answer = [](Site& site, const HttpRequest& asked) { return site.desk_.show_form(asked); };
  if (request.path == kSession && is_get) {
    answer = [](Site& site, const HttpRequest& asked) {
      return site.desk_.session_document(asked, site.parts_.operations != nullptr);
    };
  }
  if (answer == nullptr) return false;
  // Only passwords take time.
  if (is_get && request.header("Authorization").empty()) {
    respond(answer(*this, request));
  } else {
    parts_.sign_in_pool.ask([this, answer, request](Questions&) { return answer(*this, request); },
                            respond);
  }
  return true;
}

void Site::answer(HttpRequest request, const Respond& respond) {
  if (answer_sign_in(request, respond)) return;
  if (request.method == "POST" && decides_quarantine(request.path)) {
    return parts_.pool.ask(
        [this, request = std::move(request)](Questions& questions) {
          return decide_quarantine(request, questions);
        },
        respond);
  }
  if (request.method != "GET" && request.method != "HEAD") {
    if (!is_address(request.path)) return respond(not_found());
    auto response = error_answer(405, "method_not_allowed", "This address can only be read.");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return respond(std::move(response));
  }
  if (request.path == "/" || request.path.starts_with("/assets/") || request.path == "/icon.svg") {
    return respond(
        page(request, request.path == "/" ? kIndexPage : std::string_view(request.path)));
  }
  if (is_script(request.path)) return respond(script(request, request.path));
  if (request.path == "/version") return respond(version_answer());
  if (request.path == "/v1/key") {
    Json json;
    json["schema_version"] = 1;
    json["key"] = to_base64(parts_.key.public_key());
    return respond(json_answer(json));
  }
  // Health has to be there when the store is slow. Only a password takes time, and then it may
  // wait.
  if (request.header("Authorization").empty() || is_own_scrape(request)) {
    if (auto response = condition(request)) return respond(*std::move(response));
  }
  // So have what clients and other people's pages ask for: it is in memory.
  if (auto response = public_insights(request)) return respond(*std::move(response));
  if (is_of_operations(request.path)) return answer_operations(std::move(request), respond);
  parts_.pool.ask([this, request = std::move(request)](
                      Questions& questions) { return answer_now(request, questions); },
                  respond);
}

std::optional<HttpResponse> Site::condition(const HttpRequest& request) {
  if (is_health_path(request.path)) {
    const bool allowed = desk_.standing_of(request).access == Access::kAllowed;
    return health_answer(health_of(parts_.watch.condition()), request,
                         allowed ? Details::kShown : Details::kHidden);
  }
  if (request.path == "/metrics") {
    if (is_own_scrape(request)) return metrics(request);
    if (auto refused = desk_.refuse_private(request)) return refused;
    return metrics(request);
  }
  return std::nullopt;
}

bool Site::is_own_scrape(const HttpRequest& request) const {
  return request.path == "/metrics" && parts_.operations != nullptr &&
         parts_.operations->allows(request.header("Authorization"));
}

HttpResponse Site::metrics(const HttpRequest& request) const {
  Families more;
  parts_.insights.add_metrics(more);
  if (parts_.operations != nullptr) parts_.operations->add_metrics(more);
  return metrics_answer(parts_.watch.condition(), parts_.clock.now(),
                        exposition_for(request.header("Accept")), std::move(more));
}

HttpResponse Site::answer_now(const HttpRequest& request, Questions& questions) {
  if (auto response = condition(request)) return *std::move(response);
  if (request.path == kProducts) {
    const auto access = desk_.standing_of(request).access;
    std::vector<const Product*> visible;
    for (const auto& product : parts_.catalogue.products()) {
      const bool is_public = product.current->visibility == Visibility::kPublic;
      if (is_public || access == Access::kAllowed) visible.push_back(&product);
    }
    return json_answer(products_document(
        visible, access == Access::kSignIn ? SignIn::kPossible : SignIn::kNeedless));
  }
  const std::string_view path = request.path;
  if (path.starts_with(std::string(kProducts) + "/"))
    return product_figures(request, path.substr(kProducts.size() + 1), questions);
  if (path.starts_with("/p/")) return product_page(request, path.substr(3));
  return not_found();
}

HttpResponse Site::product_page(const HttpRequest& request, std::string_view rest) {
  const auto [name, more] = split(rest);
  const auto* product = parts_.catalogue.find(name);
  if (product == nullptr || std::ranges::find(kPages, more) == std::end(kPages))
    return in_words(not_found(), "There is no such page here. The list of products is at /.");
  if (product->current->visibility == Visibility::kPrivate || is_for_users(more)) {
    if (auto refused = desk_.refuse_private(request)) {
      return in_words(*std::move(refused),
                      "This page is not public. Sign in at /sign-in; without a user here, on the "
                      "collector's own machine only.");
    }
  }
  return page(request, kIndexPage);
}

HttpResponse Site::product_figures(const HttpRequest& request, std::string_view rest,
                                   Questions& questions) {
  const auto [name, what] = split(rest);
  const auto* product = parts_.catalogue.find(name);
  if (product == nullptr)
    return error_answer(404, "unknown_product", "There is no such product here.");
  const bool is_private =
      product->current->visibility == Visibility::kPrivate || is_for_users(what);
  if (is_private) {
    if (auto refused = desk_.refuse_private(request)) return *std::move(refused);
  }
  return figure(request, *product, what, questions);
}

HttpResponse Site::figure(const HttpRequest& request, const Product& product, std::string_view what,
                          Questions& questions) {
  const auto& contract = *product.current;
  const auto now = parts_.clock.now();
  if (what == "overview") {
    const auto simulated = simulated_parameter(request);
    if (!simulated.ok()) return bad_parameter(simulated.error());
    return figures(questions.overview(contract, *simulated, now), [&](const Overview& overview) {
      return overview_document(contract, overview, *simulated, now);
    });
  }
  if (what == "trend") return trend(request, contract, questions);
  if (what == "popular") return popular(request, contract, questions);
  if (what == "events") {
    const auto days = days_parameter(request);
    if (!days.ok()) return bad_parameter(days.error());
    return figures(questions.events(contract.product, *days, now),
                   [&](const Events& events) { return events_document(contract, events); });
  }
  if (what == "web" || what == "ratings") {
    const auto days = days_parameter(request);
    if (!days.ok()) return bad_parameter(days.error());
    if (what == "web") {
      return figures(questions.web(contract, *days, now),
                     [&](const Web& web) { return web_document(contract, web); });
    }
    return figures(questions.ratings(contract, *days, now),
                   [&](const auto& ratings) { return ratings_document(contract, ratings); });
  }
  if (what == "metrics" || what == "metrics/days") {
    const auto days = days_parameter(request);
    if (!days.ok()) return bad_parameter(days.error());
    if (what == "metrics/days") {
      const auto metric = request.parameter("metric").value_or("");
      return figures(questions.metric_days(contract.product, metric, *days, now),
                     [&](const std::vector<double>& counts) {
                       return metric_days_document(contract.product, metric, counts, now);
                     });
    }
    return figures(questions.metrics(contract.product, *days, now),
                   [&](const std::vector<MetricCount>& metrics) {
                     return metrics_document(contract, metrics);
                   });
  }
  if (what == kPlugins || what.starts_with(kPluginAddress)) return plugins(request, product, what);
  if (what == "accounting") {
    return figures(questions.accounting(contract.product), [&](const Accounting& accounting) {
      return accounting_document(contract.product, accounting);
    });
  }
  if (what == "tail") return tail(request, product);
  if (what == "crashes") return crashes(request, contract, questions);
  if (what == "installations") return installations(request, contract, questions);
  if (what.starts_with("quarantine")) return quarantine(request, product, what, questions);
  return not_found();
}

HttpResponse Site::trend(const HttpRequest& request, const Contract& contract,
                         Questions& questions) {
  const auto simulated = simulated_parameter(request);
  if (!simulated.ok()) return bad_parameter(simulated.error());
  const auto days = days_parameter(request);
  if (!days.ok()) return bad_parameter(days.error());
  const auto name = request.parameter("insight").value_or("installations");
  const auto render = [&](const Trend& trend) { return trend_document(contract, name, trend); };
  const auto now = parts_.clock.now();
  if (name == "version")
    return figures(questions.version_trend(contract, *days, *simulated, now), render);
  const auto* insight = contract.insight(name);
  if (name != "installations" && (insight == nullptr || insight->aggregate != Aggregate::kSum)) {
    return error_answer(400, "bad_parameter",
                        "insight is \"installations\", \"version\" or a figure of the overview.");
  }
  return figures(questions.trend(contract, insight == nullptr ? "" : name, *days, *simulated, now),
                 render);
}

HttpResponse Site::popular(const HttpRequest& request, const Contract& contract,
                           Questions& questions) {
  const auto simulated = simulated_parameter(request);
  if (!simulated.ok()) return bad_parameter(simulated.error());
  const auto days = days_parameter(request);
  if (!days.ok()) return bad_parameter(days.error());
  return figures(questions.popular(contract, *days, *simulated, parts_.clock.now()),
                 [&](const auto& popular) { return popular_document(contract.product, popular); });
}

HttpResponse Site::tail(const HttpRequest& request, const Product& product) {
  const auto after = parse_unsigned<std::uint64_t>(request.parameter("after").value_or("0"));
  if (!after) return error_answer(400, "bad_parameter", "after is the number of an arrival.");
  return json_answer(arrivals_document(
      product.name(), parts_.intake.arrivals_after(*after, product.name(), kMaxArrivalsInAnswer)));
}

}  // namespace candor
