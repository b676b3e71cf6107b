// Pieces of URLs: percent-encoding, and the parts that configuration needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace candor {

enum class UrlPart { kPath, kQuery };  // in a query '+' is a space

// A '%' that is not followed by two hex digits stays as it is.
std::string url_decode(std::string_view text, UrlPart part);
// Everything but letters, digits, '-', '.', '_' and '~' is written %XX.
std::string url_encode(std::string_view text);

struct Url {
  std::string scheme;    // "http" or "https", lower case
  std::string user;      // decoded
  std::string password;  // decoded
  std::string host;      // without brackets
  std::uint16_t port = 0;
  std::string path;   // starts with '/', or empty
  std::string query;  // without '?'

  bool is_loopback() const;  // localhost, 127.0.0.0/8 or ::1
  // The URL again, without user and password.
  std::string without_credentials() const;
};

// http and https only. kConfiguration with a sentence that shows no credentials.
Result<Url> parse_url(std::string_view text);

// What a page at `base` means by a link, a form's action or a Location. kConfiguration when that is
// no http or https.
Result<Url> resolve_url(const Url& base, std::string_view reference);

// "https://panel.example.com" or "http://127.0.0.1:8080": what browsers call an origin.
std::string origin_of(const Url& url);

// The host of an address to listen at: "127.0.0.1" of "127.0.0.1:9443", "::1" of "[::1]:9443". A
// view into it.
std::string_view host_of(std::string_view listen);
// The address with the port that the system chose, for one that ends with ":0".
std::string with_port(std::string_view listen, std::uint16_t port);

// Whether an address or host name is this machine's loopback.
bool is_loopback_host(std::string_view host);

}  // namespace candor
