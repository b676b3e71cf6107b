#include "wire/url.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(Url, ItsPartsAreRead) {
  const auto url = parse_url("https://us%40er:p%3Ass@[::1]:8443/a/b?c=d#e");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->user, "us@er");
  EXPECT_EQ(url->password, "p:ss");
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a/b");
  EXPECT_EQ(url->query, "c=d");
  EXPECT_TRUE(url->is_loopback());
  EXPECT_EQ(url->without_credentials(), "https://[::1]:8443/a/b?c=d");
}

TEST(Url, APortIsLeftOutWhereItGoesWithoutSaying) {
  EXPECT_EQ(parse_url("https://x.example/")->port, 443);
  EXPECT_EQ(parse_url("https://x.example:443/p")->without_credentials(), "https://x.example/p");
}

TEST(Url, WhatIsNoUrlIsToldWithoutItsText) {
  for (const auto* text : {"", "x", "ftp://x", "http://", "http://h:0", "http://h:99999",
                           "http://h h/", "https://user:secret@"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos);
  }
}

TEST(Url, OnlyTheMachineItselfIsLoopback) {
  for (const auto* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"})
    EXPECT_TRUE(is_loopback_host(host)) << host;
  for (const auto* host : {"127.0.0.1.example.com", "10.0.0.1", "::2", "localhost.example.com", ""})
    EXPECT_FALSE(is_loopback_host(host)) << host;
}

TEST(Url, EncodingIsUndone) {
  const std::string text("a b+c/%&=\xc3\xa4\0", 12);
  EXPECT_EQ(url_decode(url_encode(text), UrlPart::kQuery), text);
  EXPECT_EQ(url_decode("a+b", UrlPart::kQuery), "a b");
  EXPECT_EQ(url_decode("a+b%", UrlPart::kPath), "a+b%");
}

TEST(Url, ReferencesAreResolvedAsBrowsersResolveThem) {
  const auto base = *parse_url("https://u:p@a.test/x/y?q=1");
  const auto to = [&](std::string_view reference) {
    return resolve_url(base, reference)->without_credentials();
  };
  EXPECT_EQ(to("z"), "https://a.test/x/z");
  EXPECT_EQ(to("../z?a=b#c"), "https://a.test/z?a=b");
  EXPECT_EQ(to("../../.././z/."), "https://a.test/z/");
  EXPECT_EQ(to("/login"), "https://a.test/login");
  EXPECT_EQ(to("?r=2"), "https://a.test/x/y?r=2");
  EXPECT_EQ(to(""), "https://a.test/x/y?q=1");
  EXPECT_EQ(to("//b.test/w"), "https://b.test/w");
  EXPECT_EQ(to("http://b.test:81/"), "http://b.test:81/");
  EXPECT_EQ(to("./a:b"), "https://a.test/x/a:b");
  for (const auto* wrong : {"javascript:alert(1)", "file:///etc/passwd", "ftp://a/", "a b", "//"})
    EXPECT_FALSE(resolve_url(base, wrong).ok()) << wrong;
}

TEST(Url, AnOriginIsSchemeHostAndPort) {
  EXPECT_EQ(origin_of(*parse_url("https://u:p@A.test:443/x?y")), "https://a.test");
  EXPECT_EQ(origin_of(*parse_url("http://[::1]:8080/")), "http://[::1]:8080");
}

}  // namespace
}  // namespace candor
