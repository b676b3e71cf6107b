#include "wire/proxy.h"

#include <gtest/gtest.h>

#include <map>

namespace candor {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

std::string chosen(const std::string& target, const std::string& configured,
                   const Variables& variables = {}) {
  const auto proxy = proxy_for(*parse_url(target), configured, [&](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
  if (!proxy.ok()) return proxy.error().message;
  if (!*proxy) return "none";
  const auto& url = **proxy;
  return url.scheme + " " + url.user + " " + url.password + " " + url.host + " " +
         std::to_string(url.port);
}

TEST(Proxy, TheConfiguredOneGoesBeforeTheEnvironments) {
  EXPECT_EQ(chosen("https://a.example", "https://stone:telemetry@10.0.0.1:8080",
                   {{"HTTPS_PROXY", "http://other"}}),
            "https stone telemetry 10.0.0.1 8080");
  EXPECT_EQ(chosen("https://a.example", "10.0.0.1:3128"), "http   10.0.0.1 3128");
}

TEST(Proxy, TheEnvironmentsOneIsByTheTargetsScheme) {
  const Variables variables = {{"HTTPS_PROXY", "http://s:1"}, {"http_proxy", "http://p:2"}};
  EXPECT_EQ(chosen("https://a.example", "", variables), "http   s 1");
  EXPECT_EQ(chosen("http://a.example", "", variables), "http   p 2");
  EXPECT_EQ(chosen("http://a.example", "", {{"ALL_PROXY", "http://all:3"}}), "http   all 3");
  EXPECT_EQ(chosen("http://a.example", "", {{"ALL_PROXY", "socks5://all:3"}}), "none");
}

TEST(Proxy, HttpProxyInCapitalsMayBeARequestsOwnHeaderAndIsNotBelieved) {
  EXPECT_EQ(chosen("http://a.example", "", {{"HTTP_PROXY", "http://evil:1"}}), "none");
}

TEST(Proxy, ThisMachineIsReachedWithoutOneUnlessOneIsConfigured) {
  EXPECT_EQ(chosen("http://127.0.0.1:80", "", {{"http_proxy", "http://p:2"}}), "none");
  EXPECT_EQ(chosen("http://127.0.0.1:80", "http://p:2"), "http   p 2");
}

TEST(Proxy, NoProxyCountsForTheConfiguredOneToo) {
  EXPECT_EQ(chosen("https://a.example", "http://p:2", {{"NO_PROXY", "b.example, .example"}}),
            "none");
  EXPECT_EQ(chosen("https://a.example", "http://p:2", {{"no_proxy", "b.example"}}), "http   p 2");
}

TEST(Proxy, NoProxyNamesHostsDomainsAndNetworks) {
  EXPECT_TRUE(is_excepted("a.example.com", "example.com"));
  EXPECT_TRUE(is_excepted("A.Example.COM.", ".example.com"));
  EXPECT_TRUE(is_excepted("anything", "x,*"));
  EXPECT_TRUE(is_excepted("10.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(is_excepted("fd00::1", "fd00::/8"));
  EXPECT_TRUE(is_excepted("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(is_excepted("badexample.com", "example.com"));
  EXPECT_FALSE(is_excepted("11.1.2.3", "10.0.0.0/8"));
  EXPECT_FALSE(is_excepted("10.1.2.3", "10.0.0.0/99"));
  EXPECT_FALSE(is_excepted("a", ""));
}

TEST(Proxy, WhatIsNoAddressIsAnErrorWithoutItsPassword) {
  const auto said = chosen("https://a.example", "socks5://user:canary@h:1");
  EXPECT_NE(said, "none");
  EXPECT_EQ(said.find("canary"), std::string::npos) << said;
}

}  // namespace
}  // namespace candor
