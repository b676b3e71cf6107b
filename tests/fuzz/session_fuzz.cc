// Arbitrary bytes as cookies of a browser, and as where somebody wants to be led back to: nobody is
// signed in by a cookie that this collector did not make, and nobody is led to another site, or to
// a second line of the header.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "assets/pages.h"
#include "require.h"
#include "server/present/own_pages.h"
#include "server/present/sessions.h"

namespace {

using namespace candor;

void read_cookies(std::string_view text) {
  static const Sessions sessions(std::string(32, 'k'));
  static const UserHashes users{{"anna", "$2b$05$hash"}, {"", "$2b$05$hash"}};
  const auto now = from_unix_millis(1'790'000'000'000);
  HttpRequest request;
  request.headers = {{"Cookie", std::string(text)}};
  if (const auto value = cookie_of(request, "candor-session"))
    require(!sessions.check(*value, users, now));
  require(!sessions.check(text, users, now));
  // What was made is still itself behind it.
  const auto made = sessions.make("anna", users.at("anna"), now);
  require(sessions.check(made, users, now).has_value());
  require(!sessions.check(made + std::string(text), users, now) || text.empty());
}

void lead_back(std::string_view text) {
  const auto path = safe_path(text);
  require(path.starts_with('/') && !path.starts_with("//"));
  require(std::ranges::none_of(path, [](char c) { return c <= ' ' || c == '\\' || c >= 0x7f; }));
  require(safe_path(path) == path);
}

void show(std::string_view text) {
  const auto written = html_text(text);
  require(written.find_first_of("<>\"'") == std::string::npos);
  require(written.size() >= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_cookies(text);
  lead_back(text);
  show(text);
  return 0;
}
