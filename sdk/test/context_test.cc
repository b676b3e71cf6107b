#include "candor/context.hpp"

#include <gtest/gtest.h>

#include "os_release.h"

namespace candor::sdk {
namespace {

TEST(Context, SaysWhereTheProductRuns) {
  const Context context({.product_version = "3.1", .project = user_text("mine")});
  EXPECT_FALSE(context.os_name().empty());
  EXPECT_EQ(context.os_name().find_first_of("\"\n"), std::string_view::npos);
  EXPECT_EQ(context.kernel().find_first_not_of("0123456789."), std::string_view::npos);
  EXPECT_FALSE(context.kernel().empty());
  EXPECT_FALSE(context.architecture().empty());
  EXPECT_TRUE(context.libc().starts_with("glibc 2."));
  EXPECT_TRUE(context.runtime().starts_with("gcc ") || context.runtime().starts_with("clang "));
  EXPECT_EQ(context.product_version(), "3.1");
  EXPECT_EQ(context.project().text(), "mine");
  EXPECT_EQ(candor_read_context(), candor_read_context());
}

TEST(Context, OsReleaseIsReadAsItIsWritten) {
  constexpr std::string_view kText =
      "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n"
      "ID_LIKE='a b'\nEVIL=\"$(x)\"\nHALF=\"x\nEMPTY=\nLAST=end";
  EXPECT_EQ(os_release_value(kText, "ID"), "debian");
  EXPECT_EQ(os_release_value(kText, "VERSION_ID"), "12");
  EXPECT_EQ(os_release_value(kText, "ID_LIKE"), "a b");
  EXPECT_EQ(os_release_value(kText, "EVIL"), "");
  EXPECT_EQ(os_release_value(kText, "HALF"), "");
  EXPECT_EQ(os_release_value(kText, "EMPTY"), "");
  EXPECT_EQ(os_release_value(kText, "LAST"), "end");
  EXPECT_EQ(os_release_value(kText, "MISSING"), "");
  EXPECT_EQ(os_release_value("", "ID"), "");
}

}  // namespace
}  // namespace candor::sdk
