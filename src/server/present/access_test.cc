#include "server/present/access.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(PrivateAccess, WithUsersOneSignsInWhereverOneIs) {
  EXPECT_EQ(private_access({.signed_in = true, .local = false}, true), Access::kAllowed);
  EXPECT_EQ(private_access({.signed_in = true, .local = true}, true), Access::kAllowed);
  EXPECT_EQ(private_access({.signed_in = false, .local = true}, true), Access::kSignIn);
  EXPECT_EQ(private_access({.signed_in = false, .local = false}, true), Access::kSignIn);
}

TEST(PrivateAccess, WithoutUsersOnlyThisMachineSeesIt) {
  EXPECT_EQ(private_access({.signed_in = false, .local = true}, false), Access::kAllowed);
  EXPECT_EQ(private_access({.signed_in = false, .local = false}, false), Access::kLoopbackOnly);
  EXPECT_EQ(private_access({.signed_in = true, .local = false}, false), Access::kLoopbackOnly);
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
