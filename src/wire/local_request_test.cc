#include "wire/local_request.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(IsLocal, OnThisMachineByItsNameWithoutAProxy) {
  HttpRequest request;
  EXPECT_FALSE(is_local(request));
  request.peer_is_loopback = true;
  EXPECT_TRUE(is_local(request));
  for (const HttpHeader& header : {HttpHeader{"Via", "1"}, HttpHeader{"Host", "evil.example"},
                                   HttpHeader{"Sec-Fetch-Site", "cross-site"}}) {
    request.headers = {header};
    EXPECT_FALSE(is_local(request)) << header.name;
  }
}

TEST(IsForwarded, ByAnyHeaderThatProxiesSet) {
  EXPECT_FALSE(is_forwarded({}));
  HttpRequest request;
  request.headers = {{"Host", "localhost"}, {"Accept", "*/*"}};
  EXPECT_FALSE(is_forwarded(request));
  for (const auto* name : {"Forwarded", "X-Forwarded-For", "x-forwarded-for", "X-Forwarded-Host",
                           "X-Real-IP", "Via"}) {
    request.headers = {{name, "1"}};
    EXPECT_TRUE(is_forwarded(request)) << name;
  }
}

TEST(NamesLoopback, ForTheNamesOfThisMachineOnly) {
  EXPECT_TRUE(names_loopback({}));
  HttpRequest request;
  for (const auto* name :
       {"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"}) {
    request.headers = {{"Host", name}};
    EXPECT_TRUE(names_loopback(request)) << name;
  }
  for (const auto* name : {"evil.example", "evil.example:8080", "127.0.0.1.evil.example",
                           "localhost.evil.example", "[::2]:80", "[", "[]"}) {
    request.headers = {{"Host", name}};
    EXPECT_FALSE(names_loopback(request)) << name;
  }
}

}  // namespace
}  // namespace candor
