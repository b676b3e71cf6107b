#include "wire/network.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

TEST(NetworkOfTest, IsASlash24OrASlash48) {
  EXPECT_EQ(network_of("192.0.2.1"), network_of("192.0.2.255"));
  EXPECT_EQ(network_of("192.0.2.1"), network_of("::ffff:192.0.2.7"));
  EXPECT_NE(network_of("192.0.2.1"), network_of("192.0.3.1"));
  EXPECT_EQ(network_of("2001:db8:1::1"), network_of("2001:db8:1:ffff::9"));
  EXPECT_NE(network_of("2001:db8:1::1"), network_of("2001:db8:2::1"));
  EXPECT_NE(network_of("0.0.0.1"), 0u);
  EXPECT_NE(network_of("::1"), 0u);
  for (const auto* none : {"", "unix", "1.2.3", "192.0.2.1:80"}) EXPECT_EQ(network_of(none), 0u);
}

}  // namespace
}  // namespace candor
