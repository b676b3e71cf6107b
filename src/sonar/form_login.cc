#include "sonar/form_login.h"

#include <fmt/format.h>

#include "sonar/html_forms.h"
#include "sonar/limits.h"

namespace candor {
namespace {

ScanProblem no_login(std::string why) { return {ScanFailure::kAuth, std::move(why), "", ""}; }

std::optional<ScanProblem> may_log_in(const LoginPlaces& places, const Url& page) {
  const auto origin = origin_of(page);
  if (origin == origin_of(places.target) || origin == places.issuer) return std::nullopt;
  if (!places.issuer.empty()) {
    return no_login(
        fmt::format("the login form is at {}, and the configuration says that the issuer is at {}",
                    origin, places.issuer));
  }
  if (places.known.empty() || places.known == origin) return std::nullopt;
  return no_login(
      fmt::format("the login form is at {} now, and was at {} before; if that is right, name it: "
                  "[monitor.sonar.identityProvider] issuer = \"{}\"",
                  origin, places.known, origin));
}

// What is posted for a form of the page; the problem where it may not be.
struct Posting {
  ScanRequest request;
  std::optional<ScanProblem> problem;
};

Posting posting_of(const HtmlForms& forms, const HtmlForm& form, const Url& page,
                   FormFields fields) {
  auto base = page;
  base.user.clear();
  base.password.clear();
  if (!forms.base.empty()) {
    auto named = resolve_url(base, forms.base);
    if (named.ok()) base = *std::move(named);
  }
  // Without an action it is the page's own address, query and all.
  auto action = form.action.empty() ? Result<Url>(page) : resolve_url(base, form.action);
  if (!action.ok())
    return {{}, no_login(fmt::format("the form of {} leads to no address", shown_place(page)))};
  Posting posting;
  posting.request.method = form.is_post ? "POST" : "GET";
  posting.request.url = *std::move(action);
  if (form.is_post) {
    posting.request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    posting.request.body = form_body(fields);
  } else {
    posting.request.url.query = form_body(fields);
  }
  return posting;
}

// The form that carries a login on: with a password it is a login again.
const HtmlForm* next_form(const HtmlForms& forms) {
  for (const auto& form : forms.forms) {
    if (form.is_post && !form.inputs.empty()) return &form;
  }
  return nullptr;
}

void merge(ScanVisit& into, ScanVisit next) {
  next.requests += into.requests;
  next.phases += into.phases;
  next.answer.took += into.answer.took;
  into.redirects.insert(into.redirects.end(), next.redirects.begin(), next.redirects.end());
  next.redirects = std::move(into.redirects);
  into = std::move(next);
}

std::optional<ScanProblem> judge_login_answer(const ScanVisit& visit) {
  const auto status = visit.answer.status;
  if (status / 100 == 2) return std::nullopt;
  const bool refused = status == 400 || status == 401 || status == 403;
  return ScanProblem{refused ? ScanFailure::kAuth : ScanFailure::kHttpStatus,
                     fmt::format("{} answered the login with {}", shown_place(visit.at), status),
                     "200 to 299", fmt::to_string(status)};
}

class FormLogin {
 public:
  FormLogin(ScanSession& session, const SonarPlan& plan, const LoginPlaces& places,
            const Pace& pace)
      : session_(session), plan_(plan), places_(places), pace_(pace) {}

  ScanVisit run(ScanVisit page, std::string& origin) {
    for (int pages = 0; pages < kMaxLoginPages; ++pages) {
      const auto read = read_forms(page.answer.body);
      if (!read.ok()) {
        page.problem = ScanProblem{ScanFailure::kInternal, read.error().message, "", ""};
        return page;
      }
      const auto& forms = *read;
      const auto* form = choose(forms, page);
      if (page.problem || form == nullptr) return page;
      if (origin.empty()) origin = origin_of(page.at);
      send(forms, *form, page);
      if (page.problem) return page;
      page.problem = judge_login_answer(page);
      if (page.problem) return page;
    }
    page.problem = no_login(fmt::format("the login goes on after {} pages", kMaxLoginPages));
    return page;
  }

 private:
  // The form to post; nullptr when the login is over. Sets the problem of the page.
  const HtmlForm* choose(const HtmlForms& forms, ScanVisit& page) {
    const auto* login = login_form(forms);
    const bool back = origin_of(page.at) == origin_of(places_.target);
    if (!user_sent_ && login == nullptr) {
      page.problem = no_login(fmt::format("there is no login form at {}", shown_place(page.at)));
      return nullptr;
    }
    if (login != nullptr && login->has_password()) {
      if (!password_sent_) return login;
      page.problem = no_login(fmt::format(
          "the login form came again at {}: user or password are not taken", shown_place(page.at)));
      return nullptr;
    }
    if (!user_sent_) return login;
    // A page of the target itself is where it should lead, whatever forms are on it.
    if (back && password_sent_) return nullptr;
    if (const auto* next = next_form(forms)) return next;
    if (!back) {
      page.problem = no_login(
          fmt::format("the login ended at {} and not at the target", shown_place(page.at)));
    } else if (!password_sent_) {
      page.problem = no_login(
          fmt::format("the login ended at {} without asking for a password", shown_place(page.at)));
    }
    return nullptr;
  }

  void send(const HtmlForms& forms, const HtmlForm& form, ScanVisit& page) {
    const bool asks = form.has_password() || !user_sent_;
    if (asks) page.problem = may_log_in(places_, page.at);
    if (page.problem) return;
    auto posting = posting_of(
        forms, form, page.at,
        filled_form(form, asks ? plan_.username : "", form.has_password() ? plan_.password : ""));
    page.problem = posting.problem ? posting.problem : may_post(posting.request, page.at, asks);
    if (page.problem) return;
    if (asks) session_.allow(page.at);
    page.answer.body = {};
    user_sent_ = true;
    password_sent_ = password_sent_ || form.has_password();
    merge(page, session_.visit(std::move(posting.request), pace_));
  }

  std::optional<ScanProblem> may_post(const ScanRequest& request, const Url& page, bool asks) {
    // In an address it would stand in everybody's log.
    if (asks && request.method != "POST")
      return no_login(fmt::format("the login form of {} is not posted", shown_place(page)));
    const auto origin = origin_of(request.url);
    if (origin == origin_of(page)) return std::nullopt;
    if (!asks && origin == origin_of(places_.target)) return std::nullopt;
    return no_login(
        fmt::format("the form of {} would go to another origin, {}", shown_place(page), origin));
  }

  ScanSession& session_;
  const SonarPlan& plan_;
  const LoginPlaces& places_;
  const Pace& pace_;
  bool user_sent_ = false;
  bool password_sent_ = false;
};

}  // namespace

ScanVisit log_in(ScanSession& session, const SonarPlan& plan, const LoginPlaces& places,
                 ScanVisit page, const Pace& pace, std::string& origin) {
  return FormLogin(session, plan, places, pace).run(std::move(page), origin);
}

bool asks_for_password(const ScanAnswer& answer) {
  const auto forms = read_forms(answer.body);
  const auto* form = forms.ok() ? login_form(*forms) : nullptr;
  return form != nullptr && form->has_password();
}

}  // namespace candor
