#include "visitor/client_address.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

std::string address(std::string peer, std::vector<HttpHeader> headers, std::string_view trusted) {
  HttpRequest request;
  request.peer = std::move(peer);
  request.headers = std::move(headers);
  return client_address(request, trusted);
}

TEST(ClientAddressTest, HeadersCountFromTrustedProxiesOnly) {
  const std::vector<HttpHeader> forwarded = {{"X-Forwarded-For", "203.0.113.7"}};
  EXPECT_EQ(address("192.0.2.1", forwarded, ""), "192.0.2.1");
  EXPECT_EQ(address("192.0.2.1", forwarded, "198.51.100.1,10.0.0.0/8"), "192.0.2.1");
  EXPECT_EQ(address("10.1.2.3", forwarded, "198.51.100.1,10.0.0.0/8"), "203.0.113.7");
  EXPECT_EQ(address("::ffff:10.1.2.3", forwarded, "10.0.0.0/8"), "203.0.113.7");
}

TEST(ClientAddressTest, TheOrderOfTheHeaders) {
  std::vector<HttpHeader> headers = {{"Forwarded", "by=10.0.0.1; for=\"[2001:db8::5]:4711\""}};
  EXPECT_EQ(address("10.0.0.1", headers, "10.0.0.1"), "2001:db8::5");
  headers.push_back({"x-forwarded-for", "203.0.113.4, 203.0.113.99"});
  EXPECT_EQ(address("10.0.0.1", headers, "10.0.0.1"), "203.0.113.4");
  headers.push_back({"B-Forwarded-For", "203.0.113.3,1.1.1.1"});
  EXPECT_EQ(address("10.0.0.1", headers, "10.0.0.1"), "203.0.113.3");
  headers.push_back({"CF-Connecting-IP", "203.0.113.2"});
  EXPECT_EQ(address("10.0.0.1", headers, "10.0.0.1"), "203.0.113.2");
  headers.push_back({"X-Plausible-IP", "203.0.113.1"});
  EXPECT_EQ(address("10.0.0.1", headers, "10.0.0.1"), "203.0.113.1");
}

TEST(ClientAddressTest, PortsAndBracketsGoAndWhatIsNoAddressCountsForNothing) {
  const auto of = [](std::string value) {
    return address("10.0.0.1", {{"X-Forwarded-For", std::move(value)}}, "10.0.0.1");
  };
  EXPECT_EQ(of("203.0.113.1:80"), "203.0.113.1");
  EXPECT_EQ(of("[2001:DB8::1]:443"), "2001:db8::1");
  EXPECT_EQ(of("2001:db8:0::1"), "2001:db8::1");
  for (const auto* rubbish : {"unknown", "_hidden", "", "999.1.1.1", "[", "[]", ":", "for="})
    EXPECT_EQ(of(rubbish), "10.0.0.1") << rubbish;
}

}  // namespace
}  // namespace candor
