#include "contract/find.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest.h"

namespace candor {
namespace {

constexpr std::string_view kSuffix = ".toml";

bool is_folder(const Path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace

Path this_executable() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored);
}

std::string find_helper(std::string_view name, const Path& executable) {
  const auto folder = executable.parent_path();
  std::error_code ignored;
  for (const auto& place : {folder.parent_path() / "libexec/candor" / name, folder / name}) {
    if (std::filesystem::exists(place, ignored)) return place.string();
  }
  return std::string(name);
}

Result<Path> find_contract_folder(const Path& configured, const Path& executable) {
  if (!configured.empty()) {
    if (is_folder(configured)) return configured;
    return Error{ErrorKind::kConfiguration,
                 fmt::format("contracts: there is no folder {}.", configured.string())};
  }
  const auto beside = executable.parent_path().parent_path();
  for (const auto& folder : {beside / "share/candor/contracts", beside / "contracts"}) {
    if (is_folder(folder)) return folder;
  }
  return Error{
      ErrorKind::kConfiguration,
      fmt::format("No contracts were found beside {}. Install them with the program, or set "
                  "contracts = \"FOLDER\".",
                  executable.string())};
}

Result<std::vector<std::string>> list_products(const Path& folder) {
  CANDOR_ASSIGN(names, list_files(folder));
  std::vector<std::string> products;
  for (const auto& name : names) {
    if (name.ends_with(kSuffix)) products.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  return products;
}

Result<Path> find_contract(std::string_view product, const Path& folder) {
  CANDOR_ASSIGN(products, list_products(folder));
  if (std::ranges::find(products, product) != products.end()) {
    return folder / fmt::format("{}{}", product, kSuffix);
  }
  return Error{
      ErrorKind::kConfiguration,
      fmt::format("There is no contract of a product \"{}\" in {}.{} It has: {}.", product,
                  folder.string(), did_you_mean(product, products), fmt::join(products, ", "))};
}

}  // namespace candor
