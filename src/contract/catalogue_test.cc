#include "contract/catalogue.h"

#include <gtest/gtest.h>

namespace candor {
namespace {

ContractPtr contract(const std::string& product, const std::string& accepts,
                     const std::string& about = "") {
  auto parsed = parse_contract("candor = 1\n[product]\nname = \"" + product + "\"\nabout = \"" +
                                   about + "\"\ncontact = \"c@example.com\"\naccepts = " + accepts +
                                   "\n[[channel]]\nname = \"b\"\nabout = \"B.\"\n",
                               product + ".toml");
  EXPECT_TRUE(parsed.ok()) << parsed.error().message;
  return std::make_shared<const Contract>(*std::move(parsed));
}

class CatalogueTest : public testing::Test {
 protected:
  Catalogue open(std::vector<Catalogue::Entry> entries) {
    auto catalogue = Catalogue::open(std::move(entries), archive_.path());
    EXPECT_TRUE(catalogue.ok()) << catalogue.error().message;
    return *std::move(catalogue);
  }
  // The product's name, or the kind and sentence of the error.
  static std::string route(const Catalogue& catalogue, std::string_view prefix,
                           std::optional<std::string_view> key, std::string_view protocol) {
    const auto product = catalogue.route(prefix, key, protocol);
    if (product.ok()) return (*product)->name();
    switch (product.error().kind) {
      case ErrorKind::kNotFound:
        return "not found";
      case ErrorKind::kForbidden:
        return "forbidden";
      case ErrorKind::kUsage:
        return "ambiguous";
      default:
        return product.error().message;
    }
  }
  const TemporaryFolder archive_;
};

TEST_F(CatalogueTest, ARouteIsByPrefixThenKeyThenProtocol) {
  const auto catalogue = open({{contract("a", R"(["native", "ceph"])"), {"ka1", "ka2"}, false},
                               {contract("b", R"(["native"])"), {"kb"}, false},
                               {contract("c", R"(["segment"])"), {}, false}});
  EXPECT_EQ(route(catalogue, "a", std::nullopt, "native"), "a");
  EXPECT_EQ(route(catalogue, "b", std::nullopt, "native"), "b");
  EXPECT_EQ(route(catalogue, "", "ka2", "native"), "a");
  EXPECT_EQ(route(catalogue, "", "kb", "native"), "b");
  EXPECT_EQ(route(catalogue, "", std::nullopt, "ceph"), "a");
  EXPECT_EQ(route(catalogue, "", std::nullopt, "segment"), "c");
}

TEST_F(CatalogueTest, WhatCannotBeRoutedSaysWhy) {
  const auto catalogue = open({{contract("a", R"(["native", "ceph"])"), {"ka"}, false},
                               {contract("b", R"(["native"])"), {"kb"}, false}});
  EXPECT_EQ(route(catalogue, "nobody", std::nullopt, "native"), "not found");
  EXPECT_EQ(route(catalogue, "", std::nullopt, "otlp"), "not found");
  EXPECT_EQ(route(catalogue, "b", std::nullopt, "ceph"), "not found");
  EXPECT_EQ(route(catalogue, "", "kb", "ceph"), "not found");
  EXPECT_EQ(route(catalogue, "", std::nullopt, "native"), "ambiguous");
  EXPECT_NE(catalogue.route("", std::nullopt, "native").error().message.find("/p/PRODUCT/"),
            std::string::npos);
}

TEST_F(CatalogueTest, AWrongKeyIsForbiddenEverywhere) {
  const auto catalogue = open({{contract("a", R"(["native"])"), {"ka"}, false},
                               {contract("b", R"(["ceph"])"), {"kb"}, true}});
  EXPECT_EQ(route(catalogue, "", "nokey", "native"), "forbidden");
  EXPECT_EQ(route(catalogue, "", "", "native"), "forbidden");
  EXPECT_EQ(route(catalogue, "a", "kb", "native"), "forbidden");
  EXPECT_EQ(route(catalogue, "b", "ka", "ceph"), "forbidden");
  EXPECT_EQ(route(catalogue, "a", "ka", "native"), "a");
}

TEST_F(CatalogueTest, AKeyNamesNothingWhereNoneIsConfigured) {
  const auto catalogue = open({{contract("a", R"(["segment"])"), {}, false},
                               {contract("b", R"(["ceph"])"), {"kb"}, false}});
  EXPECT_EQ(route(catalogue, "", "any", "segment"), "a");
  EXPECT_EQ(route(catalogue, "a", "any", "segment"), "a");
  EXPECT_EQ(route(catalogue, "", "any", "ceph"), "forbidden");
  EXPECT_EQ(route(catalogue, "", "kb", "segment"), "not found") << "that of another product";
  EXPECT_EQ(route(catalogue, "a", "kb", "segment"), "forbidden");
}

TEST_F(CatalogueTest, AProductMayDemandAKey) {
  const auto catalogue = open({{contract("b", R"(["ceph"])"), {"kb"}, true}});
  EXPECT_EQ(route(catalogue, "b", std::nullopt, "ceph"), "forbidden");
  EXPECT_EQ(route(catalogue, "", std::nullopt, "ceph"), "forbidden");
  EXPECT_EQ(route(catalogue, "", "kb", "ceph"), "b");
}

TEST_F(CatalogueTest, AKeyIsOneProductsOnly) {
  const auto twice = Catalogue::open(
      {{contract("a", "[]"), {"k"}, false}, {contract("b", "[]"), {"k"}, false}}, archive_.path());
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().kind, ErrorKind::kConfiguration);
  EXPECT_EQ(twice.error().message.find("\"k\""), std::string::npos);
  EXPECT_FALSE(Catalogue::open({{contract("a", "[]"), {}, false}, {contract("a", "[]"), {}, false}},
                               archive_.path())
                   .ok());
}

TEST_F(CatalogueTest, EveryVersionOfAContractIsKept) {
  const auto first = contract("a", R"(["native"])", "First."),
             second = contract("a", R"(["native"])", "Second.");
  open({{first, {}, false}});
  const auto catalogue = open({{second, {}, false}});
  const auto* product = catalogue.find("a");
  ASSERT_NE(product, nullptr);
  EXPECT_EQ(product->current->hash, second->hash);
  EXPECT_EQ(product->versions.size(), 2u);
  ASSERT_NE(product->version(first->hash), nullptr);
  EXPECT_EQ(product->version(first->hash)->about, "First.");
  EXPECT_EQ(product->version(std::string(64, '0')), nullptr);
  EXPECT_EQ(catalogue.contract(first->hash), product->version(first->hash));
  EXPECT_EQ(catalogue.contract(""), nullptr);
  EXPECT_EQ(*read_file(archive_.path() / (first->hash + ".toml")), first->text);
}

TEST_F(CatalogueTest, ContractsOfProductsThatAreGoneAreLeftAlone) {
  const auto gone = contract("gone", "[]");
  open({{gone, {}, false}});
  const auto catalogue = open({{contract("a", "[]"), {}, false}});
  EXPECT_EQ(catalogue.find("gone"), nullptr);
  EXPECT_EQ(catalogue.contract(gone->hash), nullptr);
  EXPECT_EQ(list_files(archive_.path())->size(), 2u);
}

TEST_F(CatalogueTest, AKeptContractThatDoesNotReadOrIsChangedIsPassedOver) {
  const auto first = contract("a", "[]", "First.");
  open({{first, {}, false}});
  ASSERT_TRUE(write_file(archive_.path() / (std::string(64, 'a') + ".toml"), "candor = 7\n").ok());
  ASSERT_TRUE(write_file(archive_.path() / (first->hash + ".toml"), first->text + "# more\n").ok());
  const auto catalogue = open({{contract("a", "[]", "Second."), {}, false}});
  EXPECT_EQ(catalogue.find("a")->versions.size(), 1u);
}

}  // namespace
}  // namespace candor
