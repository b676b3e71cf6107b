#include "server/present/own_pages.h"

#include <gtest/gtest.h>

#include "server/present/limits.h"

namespace candor {
namespace {

HttpRequest with(std::vector<HttpHeader> headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

TEST(OwnPages, ABrowserSaysWhoseAPageIs) {
  EXPECT_TRUE(is_from_own_page(with({{"Sec-Fetch-Site", "same-origin"}})));
  EXPECT_TRUE(is_from_own_page(with({{"Sec-Fetch-Site", "none"}})));
  for (const auto* site : {"cross-site", "same-site", "something"}) {
    EXPECT_FALSE(is_from_own_page(
        with({{"Sec-Fetch-Site", site}, {"Host", "a.test"}, {"Origin", "https://a.test"}})));
  }
}

TEST(OwnPages, WithoutThatTheOriginIsTheHost) {
  const auto from = [](const char* origin) {
    return is_from_own_page(with({{"Host", "a.test:8080"}, {"Origin", origin}}));
  };
  EXPECT_TRUE(from("http://a.test:8080"));
  EXPECT_TRUE(from("https://a.test:8080"));
  for (const auto* origin : {"http://a.test", "http://b.test:8080", "null", "a.test:8080", "://",
                             "http://a.test:8080.b.test"})
    EXPECT_FALSE(from(origin)) << origin;
  EXPECT_FALSE(is_from_own_page(with({{"Host", "a.test"}})));
  EXPECT_FALSE(is_from_own_page(with({})));
}

TEST(OwnPages, APageIsOpenedByABrowserAndNotByAScript) {
  EXPECT_TRUE(opens_page(with({{"Sec-Fetch-Mode", "navigate"}})));
  EXPECT_FALSE(opens_page(with({{"Sec-Fetch-Mode", "cors"}, {"Accept", "text/html"}})));
  EXPECT_TRUE(opens_page(with({{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}})));
  EXPECT_FALSE(opens_page(with({{"Accept", "*/*"}})));
  EXPECT_FALSE(opens_page(with({})));
}

TEST(OwnPages, TlsIsWhatTheConnectionIsOrTheProxySays) {
  EXPECT_FALSE(is_over_tls(with({})));
  EXPECT_FALSE(is_over_tls(with({{"X-Forwarded-Proto", "http"}})));
  for (const auto* told : {"https", "HTTPS", " https , http", "https,https"})
    EXPECT_TRUE(is_over_tls(with({{"X-Forwarded-Proto", told}}))) << told;
  EXPECT_FALSE(is_over_tls(with({{"X-Forwarded-Proto", "http, https"}})));
  auto request = with({});
  request.over_tls = true;
  EXPECT_TRUE(is_over_tls(request));
}

TEST(OwnPages, OfCookiesTheFirstOfThatNameCounts) {
  const auto request = with({{"Cookie", "a=1; candor=x=y;candor=z; empty=; b"}});
  EXPECT_EQ(cookie_of(request, "candor"), "x=y");
  EXPECT_EQ(cookie_of(request, "a"), "1");
  EXPECT_EQ(cookie_of(request, "empty"), "");
  EXPECT_EQ(cookie_of(request, "b"), std::nullopt);
  EXPECT_EQ(cookie_of(request, "ando"), std::nullopt);
  EXPECT_EQ(cookie_of(with({}), "a"), std::nullopt);
}

TEST(OwnPages, TooManyCookiesAreNone) {
  const std::string many(kMaxCookiesBytes, 'x');
  EXPECT_EQ(cookie_of(with({{"Cookie", "a=1; b=" + many}}), "a"), std::nullopt);
}

TEST(OwnPages, OneIsLedBackToThisSiteOnly) {
  for (const auto* path :
       {"/", "/operations", "/p/a%20b/usage?days=7&x=%2F%2Fy", "/operations/e-1"})
    EXPECT_EQ(safe_path(path), path);
  for (const auto* path :
       {"", "operations", "//evil.test", "/\\evil.test", "https://evil.test",
        "/a\r\nSet-Cookie: x=y", "/a b", "/\tb", "/a\"b", "/\x80", "javascript:x"})
    EXPECT_EQ(safe_path(path), "/") << path;
  EXPECT_EQ(safe_path("/" + std::string(kMaxBackBytes, 'a')), "/");
}

TEST(OwnPages, AnAddressIsWrittenAsItWasAskedFor) {
  HttpRequest request;
  request.path = "/p/a b/\xc3\xa4";
  request.query = "days=7";
  EXPECT_EQ(path_and_query(request), "/p/a%20b/%C3%A4?days=7");
  request.query = "a b";
  EXPECT_EQ(path_and_query(request), "/");
  request.path = "//evil.test";
  request.query.clear();
  EXPECT_EQ(path_and_query(request), "/");
}

}  // namespace
}  // namespace candor
