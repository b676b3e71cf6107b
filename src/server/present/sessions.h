// Who signed in with a browser: values of cookies that only this collector can make. Nothing is
// kept of a session but its cookie (docs/decisions/051-sessions-and-operations-pages.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "wire/basic_auth.h"

namespace candor {

struct Session {
  std::string user;
  std::string id;       // stays when it is renewed
  Instant begin{};      // in seconds; stays, too
  bool is_old = false;  // more than half of its time is over: a new cookie is due
};

// Pure, but that values hold random bytes. Safe from any thread.
class Sessions {
 public:
  explicit Sessions(std::string_view key);  // 32 bytes that nobody else knows

  // The value of a cookie for a user with that hash in web.yml, from now on for kSessionTime.
  std::string make(std::string_view user, std::string_view bcrypt_hash, Instant now) const;
  // The same of a session that there is, but not beyond kLongestSession from its beginning.
  std::string renew(const Session& session, std::string_view bcrypt_hash, Instant now) const;

  // Whose session the value is; nothing when it is none, over, began
  // kLongestSession ago, is from a time that is yet to come, or of a user who is gone or has
  // another password since.
  std::optional<Session> check(std::string_view value, const UserHashes& users, Instant now) const;

  // What a request has to show besides the cookie of a session, or of a form, with that id: no page
  // elsewhere knows it. One is never the other.
  std::string token_of(std::string_view id) const;
  std::string form_token_of(std::string_view id) const;

 private:
  std::string seal_of(std::string_view body, std::string_view bcrypt_hash) const;
  const Hmac hmac_;
};

}  // namespace candor
