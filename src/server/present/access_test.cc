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

}  // namespace
}  // namespace candor
