#include "sonar/cookies.h"

#include <gtest/gtest.h>

#include "sonar/limits.h"

namespace candor {
namespace {

const Instant kNow = from_unix_millis(1'800'000'000'000);

Url url(std::string_view text) { return *parse_url(text); }

TEST(CookieJar, ACookieGoesBackToItsHostAndPath) {
  CookieJar jar;
  jar.take(url("https://a.test/x/login"), "sid=1; HttpOnly", kNow);
  jar.take(url("https://a.test/x/login"), "all=2; Path=/", kNow);
  EXPECT_EQ(jar.header_for(url("https://a.test/x/page"), kNow), "sid=1; all=2");
  EXPECT_EQ(jar.header_for(url("https://A.test/"), kNow), "all=2");
  EXPECT_EQ(jar.header_for(url("https://a.test/xy"), kNow), "all=2");
  EXPECT_EQ(jar.header_for(url("https://b.a.test/x/page"), kNow), "");
}

TEST(CookieJar, NoDomainMakesItGoElsewhere) {
  CookieJar jar;
  jar.take(url("https://evil.test/"), "sid=1; Domain=test", kNow);
  EXPECT_EQ(jar.header_for(url("https://a.test/"), kNow), "");
}

TEST(CookieJar, SecureOnesDoNotGoInTheOpen) {
  CookieJar jar;
  jar.take(url("https://a.test/"), "sid=1; Secure", kNow);
  jar.take(url("http://127.0.0.1:8080/"), "here=1; Secure", kNow);
  EXPECT_EQ(jar.header_for(url("http://a.test/"), kNow), "");
  EXPECT_EQ(jar.header_for(url("http://127.0.0.1:8080/"), kNow), "here=1");
}

TEST(CookieJar, OnesThatEndAreGone) {
  CookieJar jar;
  jar.take(url("https://a.test/"), "a=1; Max-Age=60", kNow);
  jar.take(url("https://a.test/"), "b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT", kNow);
  jar.take(url("https://a.test/"), "c=3; Expires=Wed, 01 Jan 2070 00:00:00 GMT", kNow);
  EXPECT_EQ(jar.header_for(url("https://a.test/"), kNow), "a=1; c=3");
  EXPECT_EQ(jar.header_for(url("https://a.test/"), kNow + std::chrono::seconds(61)), "c=3");
  jar.take(url("https://a.test/"), "c=; Max-Age=0", kNow);
  EXPECT_FALSE(jar.value_of("c"));
}

TEST(CookieJar, AFloodIsNotKept) {
  CookieJar jar;
  for (int i = 0; i < 1000; ++i)
    jar.take(url("https://a.test/"), "c" + std::to_string(i) + "=x", kNow);
  EXPECT_TRUE(jar.value_of("c" + std::to_string(kMaxCookies - 1)));
  EXPECT_FALSE(jar.value_of("c" + std::to_string(kMaxCookies)));
  jar.take(url("https://a.test/"), "big=" + std::string(kMaxCookieBytes, 'x'), kNow);
  EXPECT_FALSE(jar.value_of("big"));
}

}  // namespace
}  // namespace candor
