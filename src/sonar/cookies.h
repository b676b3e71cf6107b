// The cookies of one scan. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "wire/url.h"

namespace candor {

// A date as headers write it: "Sat, 21 Nov 2026 07:00:00 GMT".
std::optional<Instant> http_date(std::string_view text);

// A cookie goes back to the host that set it and to no other, whatever its Domain says, by its
// path, and one that is Secure only by https or to this machine. Not thread-safe.
class CookieJar {
 public:
  // One Set-Cookie of an answer from `url`. What is malformed, too large or beyond kMaxCookies is
  // not kept.
  void take(const Url& url, std::string_view set_cookie, Instant now);
  // The value of Cookie for a request; empty when there is none.
  std::string header_for(const Url& url, Instant now) const;
  // The newest of that name; nothing when there is none.
  std::optional<std::string> value_of(std::string_view name) const;

 private:
  struct Cookie {
    std::string host, path, name, value;
    bool secure = false;
    std::optional<Instant> ends;
  };
  std::vector<Cookie> cookies_;
};

}  // namespace candor
