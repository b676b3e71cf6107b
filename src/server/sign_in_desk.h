// Who asks: by a password with each request (HTTP Basic), by the cookie of a session, or from this
// machine. And the addresses at which sessions begin and end.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "server/present/access.h"
#include "server/present/sessions.h"
#include "wire/basic_auth.h"
#include "wire/web_config_file.h"

namespace candor {

// Of people with a browser; web/sign-in.html and web/src/session.ts have them, too.
inline constexpr std::string_view kSignIn = "/sign-in";
inline constexpr std::string_view kSignOut = "/sign-out";
inline constexpr std::string_view kSession = "/api/v1/session";

// Safe from any thread. What looks at passwords takes as long as bcrypt does.
class SignInDesk {
 public:
  struct Parts {
    WebConfigFile& web;
    const Clock& clock;
    std::string trusted_proxies;  // with commas
    std::string session_key;
  };
  explicit SignInDesk(Parts parts);

  enum class By { kNobody, kPassword, kSession, kThisMachine };
  struct Standing {
    Access access = Access::kSignIn;
    By by = By::kNobody;
    std::string user{};
    std::string token{};           // of the session
    std::chrono::seconds wait{0};  // more than 0: its network guesses passwords
  };
  Standing standing_of(const HttpRequest& request);

  // Nothing when a private thing may be shown, else the answer that says why not; to who opens a
  // page, where to sign in.
  std::optional<HttpResponse> refuse_private(const HttpRequest& request);
  // Nothing when what the request is to change may be changed, else why not: besides all of that,
  // what comes with a cookie comes from a page of ours, with the session's token.
  std::optional<HttpResponse> refuse_change(const HttpRequest& request);

  // GET and POST /sign-in, POST /sign-out, GET /api/v1/session.
  HttpResponse show_form(const HttpRequest& request);
  HttpResponse take_form(const HttpRequest& request);
  HttpResponse sign_out(const HttpRequest& request);
  HttpResponse session_document(const HttpRequest& request, bool has_operations);

 private:
  // A new cookie where the request's is old. Only with answers at once: one that waited would undo
  // signing out.
  void renew(const HttpRequest& request, HttpResponse& response) const;
  std::optional<Session> session_of(const HttpRequest& request, const UserHashes& users) const;
  std::optional<HttpResponse> refused(const HttpRequest& request, const Standing& standing) const;
  // The form with a sentence above it; empty: none.
  HttpResponse form(const HttpRequest& request, const std::string& back, std::string_view said,
                    int status) const;

  const Parts parts_;
  const Sessions sessions_;
  PasswordCheck passwords_;
};

}  // namespace candor
