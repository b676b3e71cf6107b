#include "config/server_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/key.h"

namespace candor {
namespace {

std::string problem(std::string_view text) {
  const auto config = parse_server_config(text, "/etc/candor/server.toml");
  return config.ok() ? "" : config.error().message;
}

TEST(ServerConfig, PathsAreRelativeToTheFile) {
  const auto config = parse_server_config(
      "data = \"d\"\nweb_config_file = \"/w.yml\"\n[[product]]\nname = \"stone\"\ncontract = "
      "\"c/stone.toml\"\n",
      "/etc/candor/server.toml");
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ(config->data, "/etc/candor/d");
  EXPECT_EQ(config->web_config_file, "/w.yml");
  EXPECT_EQ(config->products[0].contract, "/etc/candor/c/stone.toml");
  EXPECT_EQ(config->listen, "127.0.0.1:8080");
  EXPECT_EQ(config->engine, "embedded");
  EXPECT_EQ(config->journal_max_bytes, std::uint64_t{8} << 30);
  EXPECT_EQ(config->insights_every, std::chrono::seconds(60));
}

TEST(ServerConfig, ErrorsSayWhere) {
  EXPECT_EQ(problem("[[product]]\nname = \"a\"\ncontrct = \"x\"\n"),
            "/etc/candor/server.toml:3:1: unknown key \"contrct\". Did you mean \"contract\"?");
  EXPECT_NE(problem("").find("no product"), std::string::npos);
  EXPECT_NE(problem("engine = \"mysql\"\n[[product]]\nname = \"a\"\n").find(":1:10: engine"),
            std::string::npos);
  EXPECT_NE(problem("insights_every = 0\n[[product]]\nname = \"a\"\n")
                .find(":1:18: insights_every is a number of seconds, 1 to 3600."),
            std::string::npos);
  EXPECT_NE(problem("journal_max_bytes = 134217727\n[[product]]\nname = \"a\"\n")
                .find(":1:21: journal_max_bytes is a number of bytes, 134217728 to"),
            std::string::npos);
  EXPECT_NE(problem("[[product]]\nname = \"a\"\n[[product]]\nname = \"a\"\n").find("twice"),
            std::string::npos);
  EXPECT_NE(problem("[[product]]\nname = \"a\"\nrequire_key = true\n").find("write_keys"),
            std::string::npos);
  EXPECT_NE(problem("[[product]]\nname = \"a\"\nwrite_keys = [\"k\"]\n[[product]]\nname = "
                    "\"b\"\nwrite_keys = [\"k\"]\n")
                .find("also one of a"),
            std::string::npos);
}

TEST(ServerConfig, NothingIsLimitedUnlessItSaysSo) {
  const std::string product = "[[product]]\nname = \"a\"\n";
  const auto none = parse_server_config(product, "/etc/candor/server.toml");
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->rate_limit.per_key, 0u);
  EXPECT_EQ(none->rate_limit.per_network, 0u);
  const auto some =
      parse_server_config("[rate_limit]\nper_network = 5\n" + product, "/etc/candor/server.toml");
  ASSERT_TRUE(some.ok()) << some.error().message;
  EXPECT_EQ(some->rate_limit.per_key, 0u);
  EXPECT_EQ(some->rate_limit.per_network, 5u);
  EXPECT_NE(problem("[rate_limit]\nper_key = -1\n" + product).find(":2:11: per_key"),
            std::string::npos);
  EXPECT_NE(problem("[rate_limit]\nper_day = 1\n" + product).find("unknown key \"per_day\""),
            std::string::npos);
}

TEST(ServerConfig, ATrustedProxyIsAnAddressOrANetwork) {
  const std::string product = "\n[[product]]\nname = \"a\"\n";
  const auto of = [&](std::string_view proxy) {
    return problem(fmt::format("trusted_proxies = [\"192.0.2.1\", \"{}\"]", proxy) + product);
  };
  for (const auto* good : {"10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8", "0.0.0.0/0"})
    EXPECT_EQ(of(good), "");
  for (const auto* bad :
       {"", "*", "proxy.example.com", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.0/",
        "10.0.0.0/-1", "10.0.0.1:80", "::ffff:10.0.0.0/104", "10.0.0.0/8, ::1"}) {
    EXPECT_NE(of(bad).find("neither an address nor a network"), std::string::npos) << bad;
  }
}

TEST(ServerConfig, EveryExampleInTheTableIsValid) {
  for (const auto& key : server_keys()) {
    std::string text(key.example);
    if (!key.name.starts_with("product.")) text += "\n[[product]]\nname = \"a\"\n";
    const bool needs_keys = key.name == "product.require_key";
    if (needs_keys) text += "\nwrite_keys = [\"k\"]\n";
    EXPECT_EQ(problem(text), "") << key.name;
  }
}

}  // namespace
}  // namespace candor
