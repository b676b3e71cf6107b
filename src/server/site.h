// Which address is what: pages, figures, health, and who may see them.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/signature.h"
#include "contract/catalogue.h"
#include "server/crashes/crash_details.h"
#include "server/insight_keeper.h"
#include "server/ops/operations.h"
#include "server/ops/shared_answers.h"
#include "server/present/api.h"
#include "server/question_pool.h"
#include "server/record/intake.h"
#include "server/sign_in_desk.h"
#include "server/watch.h"
#include "wire/web_config_file.h"

namespace candor {

// Safe from any thread; what it is made of outlives it.
class Site {
 public:
  struct Parts {
    const Catalogue& catalogue;
    Intake& intake;
    const HashHere& hash;
    const Watch& watch;
    const SigningKey& key;
    WebConfigFile& web;
    const std::vector<std::string>& trusted_proxies;  // as in the configuration
    const Clock& clock;
    QuestionPool& pool;
    QuestionPool& sign_in_pool;  // threads that never wait for the store
    CrashDetails& crash_details;
    const InsightKeeper& insights;
    std::string session_key;
    const Operations* operations = nullptr;   // nullptr: not enabled
    QuestionPool* operations_pool = nullptr;  // threads that may wait for Prometheus; the same
    std::function<bool()> keep_going{};       // false: they are to end
  };
  explicit Site(Parts parts);

  // Answers everything that is no document. `path` is the whole one.
  void answer(HttpRequest request, const Respond& respond);

 private:
  // Health and metrics; nothing for other paths. Does not ask the store.
  std::optional<HttpResponse> condition(const HttpRequest& request);
  HttpResponse metrics(const HttpRequest& request) const;
  // Whether it is the scrape of the Prometheus beside this collector.
  bool is_own_scrape(const HttpRequest& request) const;
  HttpResponse answer_now(const HttpRequest& request, Questions& questions);
  HttpResponse product_figures(const HttpRequest& request, std::string_view rest,
                               Questions& questions);
  HttpResponse figure(const HttpRequest& request, const Product& product, std::string_view what,
                      Questions& questions);
  HttpResponse trend(const HttpRequest& request, const Contract& contract, Questions& questions);
  HttpResponse popular(const HttpRequest& request, const Contract& contract, Questions& questions);
  HttpResponse tail(const HttpRequest& request, const Product& product);
  // What clients and other people's pages need, so without sign-in: bundle and badges
  // (site_plugins.cc); nothing for other paths. Does not ask the store.
  std::optional<HttpResponse> public_insights(const HttpRequest& request) const;
  HttpResponse plugins(const HttpRequest& request, const Product& product,
                       std::string_view what) const;
  // For users alone (site_private.cc): groups of crashes, and single installations.
  HttpResponse crashes(const HttpRequest& request, const Contract& contract, Questions& questions);
  HttpResponse installations(const HttpRequest& request, const Contract& contract,
                             Questions& questions);
  // What is in quarantine (site_quarantine.cc): rows, values of a field; and what users do with it.
  HttpResponse quarantine(const HttpRequest& request, const Product& product, std::string_view what,
                          Questions& questions);
  HttpResponse decide_quarantine(const HttpRequest& request, Questions& questions);
  // What is going on at the installations (site_operations.cc): pages, and their documents.
  void answer_operations(HttpRequest request, const Respond& respond);
  // What nobody has to be asked for.
  std::optional<HttpResponse> operations_at_once(const HttpRequest& request);
  HttpResponse operations_document(const HttpRequest& request);
  HttpResponse product_page(const HttpRequest& request, std::string_view rest);
  // Where people sign in and out, and who is signed in; false: that is another address. No question
  // for the store.
  bool answer_sign_in(const HttpRequest& request, const Respond& respond);

  const Parts parts_;
  SignInDesk desk_;
  // Outlives this with who waits.
  const std::shared_ptr<SharedAnswers> operations_ = std::make_shared<SharedAnswers>();
};

}  // namespace candor
