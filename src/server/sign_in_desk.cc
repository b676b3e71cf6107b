#include "server/sign_in_desk.h"

#include <fmt/format.h>

#include "assets/pages.h"
#include "base/digest.h"
#include "server/present/api.h"
#include "server/present/limits.h"
#include "server/present/own_pages.h"
#include "server/protocol/submission.h"
#include "visitor/client_address.h"
#include "wire/local_request.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kForm = "/sign-in.html";
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kTokenHeader = "X-Candor-Token";
constexpr std::size_t kFormBytes = 16;  // of its cookie, at random

// By TLS under a name that no other host, and no page in the open, can set.
std::string cookie_name(const HttpRequest& request, std::string_view what) {
  return fmt::format("{}candor-{}", is_over_tls(request) ? "__Host-" : "", what);
}

HttpHeader cookie(const HttpRequest& request, std::string_view what, std::string_view value,
                  std::chrono::seconds time) {
  return {"Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
                                    cookie_name(request, what), value, time.count(),
                                    is_over_tls(request) ? "; Secure" : "")};
}

HttpResponse lead_to(std::string location) {
  HttpResponse response;
  response.status = 303;
  response.headers = {{"Location", std::move(location)}, {"Cache-Control", "no-store"}};
  return response;
}

std::string back_of(const HttpRequest& request) {
  return safe_path(request.parameter("back").value_or("/"));
}

HttpResponse forged() {
  return error_answer(403, "not_from_here",
                      "This came from a page elsewhere, or from one of ours that was open for too "
                      "long. Nothing was changed. Load the page anew and try again.");
}

}  // namespace

SignInDesk::SignInDesk(Parts parts) : parts_(std::move(parts)), sessions_(parts_.session_key) {}

std::optional<Session> SignInDesk::session_of(const HttpRequest& request,
                                              const UserHashes& users) const {
  const auto value = cookie_of(request, cookie_name(request, "session"));
  if (!value) return std::nullopt;
  return sessions_.check(*value, users, parts_.clock.now());
}

SignInDesk::Standing SignInDesk::standing_of(const HttpRequest& request) {
  const auto web = parts_.web.now();
  const auto& users = web->config.users;
  Standing standing;
  // Who sends a password means it, whatever cookie comes along.
  if (const auto credentials = parse_basic(request.header("Authorization"))) {
    const auto verdict =
        passwords_.check(users, *credentials, nearest_address(request, parts_.trusted_proxies),
                         std::chrono::steady_clock::now());
    standing.wait = verdict.wait;
    if (verdict.outcome == PasswordCheck::Outcome::kRight) {
      standing.by = By::kPassword;
      standing.user = credentials->user;
    }
  } else if (const auto session = session_of(request, users)) {
    standing.by = By::kSession;
    standing.user = session->user;
    standing.token = sessions_.token_of(session->id);
  }
  const Visitor visitor{standing.by != By::kNobody, is_local(request)};
  standing.access = private_access(visitor, !users.empty());
  if (users.empty() && standing.access == Access::kAllowed) standing.by = By::kThisMachine;
  return standing;
}

std::optional<HttpResponse> SignInDesk::refused(const HttpRequest& request,
                                                const Standing& standing) const {
  if (standing.access == Access::kAllowed) return std::nullopt;
  if (standing.access == Access::kLoopbackOnly) {
    return error_answer(403, "loopback_only",
                        "This is not public, and the collector has no users: it is shown on the "
                        "collector's own machine only.");
  }
  if (standing.wait.count() > 0) {
    auto response = error_answer(429, "too_many_passwords",
                                 "Too many wrong passwords came from there. Try again later.");
    response.headers.push_back({"Retry-After", std::to_string(standing.wait.count())});
    return response;
  }
  if (opens_page(request) && request.header("Authorization").empty() && request.method == "GET")
    return lead_to(fmt::format("{}?back={}", kSignIn, url_encode(path_and_query(request))));
  auto response = error_answer(401, "sign_in", "Sign in to see this: it is not public.");
  // The page says where to sign in; the browser's own question would come before that.
  if (is_script_of_page(request)) response.headers.clear();
  return response;
}

std::optional<HttpResponse> SignInDesk::refuse_private(const HttpRequest& request) {
  return refused(request, standing_of(request));
}

std::optional<HttpResponse> SignInDesk::refuse_change(const HttpRequest& request) {
  const auto standing = standing_of(request);
  if (auto answer = refused(request, standing)) return answer;
  if (standing.by != By::kSession) return std::nullopt;
  const bool is_ours =
      is_from_own_page(request) && equal_secrets(request.header(kTokenHeader), standing.token);
  return is_ours ? std::nullopt : std::optional(forged());
}

HttpResponse SignInDesk::form(const HttpRequest& request, const std::string& back,
                              std::string_view said, int status) const {
  // A form that is open in another window stays good.
  auto value = std::string(cookie_of(request, cookie_name(request, "form")).value_or(""));
  if (value.size() != 2 * kFormBytes || !is_hex(value)) value = to_hex(random_bytes(kFormBytes));
  auto response = filled_page(
      kForm,
      {{"token", sessions_.form_token_of(value)}, {"back", back}, {"said", std::string(said)}});
  response.status = status;
  response.headers.push_back(cookie(request, "form", value, kSignInFormTime));
  return response;
}

HttpResponse SignInDesk::show_form(const HttpRequest& request) {
  const auto back = back_of(request);
  const auto standing = standing_of(request);
  if (standing.access == Access::kAllowed) return lead_to(back);
  const bool tried = !request.header("Authorization").empty();
  if (standing.access == Access::kLoopbackOnly || tried) return *refused(request, standing);
  auto response = form(request, back, "", 200);
  // Who follows a link in a mail comes without cookies; from this page they come along.
  const auto site = request.header("Sec-Fetch-Site");
  if (site == "cross-site" || site == "same-site") {
    response.headers.push_back(
        {"Refresh", fmt::format("0; url={}?back={}", kSignIn, url_encode(back))});
  }
  return response;
}

HttpResponse SignInDesk::take_form(const HttpRequest& request) {
  if (!request.header("Content-Type").starts_with(kFormType))
    return error_answer(415, "unknown_type", "Send the form of /sign-in.");
  HttpRequest fields;
  fields.query = request.body;
  const auto back = back_of(fields);
  const auto web = parts_.web.now();
  const auto& users = web->config.users;
  if (users.empty()) {
    const auto standing = standing_of(request);
    return standing.access == Access::kAllowed ? lead_to(back) : *refused(request, standing);
  }
  const auto value = cookie_of(request, cookie_name(request, "form")).value_or("");
  if (!is_from_own_page(request) || value.empty() ||
      !equal_secrets(fields.parameter("token").value_or(""), sessions_.form_token_of(value))) {
    return form(request, back,
                "This form was open for too long, came from elsewhere, or the browser keeps no "
                "cookies. Sign in again.",
                403);
  }
  const Credentials credentials{fields.parameter("user").value_or(""),
                                fields.parameter("password").value_or("")};
  const auto verdict =
      passwords_.check(users, credentials, nearest_address(request, parts_.trusted_proxies),
                       std::chrono::steady_clock::now());
  if (verdict.outcome == PasswordCheck::Outcome::kWait) {
    auto response = form(request, back,
                         fmt::format("Too many wrong passwords came from your network. Try again "
                                     "in {} s.",
                                     verdict.wait.count()),
                         429);
    response.headers.push_back({"Retry-After", std::to_string(verdict.wait.count())});
    return response;
  }
  if (verdict.outcome == PasswordCheck::Outcome::kWrong)
    return form(request, back, "User or password is wrong.", 403);
  auto response = lead_to(back);
  response.headers.push_back(
      cookie(request, "session",
             sessions_.make(credentials.user, users.at(credentials.user), parts_.clock.now()),
             kSessionTime));
  return response;
}

HttpResponse SignInDesk::sign_out(const HttpRequest& request) {
  // From elsewhere it comes without the cookie, and the answer would remove that all the same.
  if (!is_from_own_page(request)) return forged();
  if (standing_of(request).by == By::kSession) {
    if (auto answer = refuse_change(request)) return *std::move(answer);
  }
  auto response = json_answer({{"schema_version", 1}});
  response.headers.push_back(cookie(request, "session", "", std::chrono::seconds(0)));
  return response;
}

HttpResponse SignInDesk::session_document(const HttpRequest& request, bool has_operations) {
  const auto standing = standing_of(request);
  auto response =
      json_answer({{"schema_version", 1},
                   {"user", standing.user.empty() ? Json(nullptr) : Json(standing.user)},
                   {"token", standing.token.empty() ? Json(nullptr) : Json(standing.token)},
                   {"sign_in", standing.access == Access::kSignIn ? Json(kSignIn) : Json(nullptr)},
                   {"operations", has_operations && standing.access == Access::kAllowed}});
  if (standing.by == By::kSession) renew(request, response);
  return response;
}

void SignInDesk::renew(const HttpRequest& request, HttpResponse& response) const {
  const auto web = parts_.web.now();
  const auto now = parts_.clock.now();
  const auto session = session_of(request, web->config.users);
  if (!session || !session->is_old) return;
  const auto& hash = web->config.users.at(session->user);
  response.headers.push_back(
      cookie(request, "session", sessions_.renew(*session, hash, now), kSessionTime));
}

}  // namespace candor
