#include "contract/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/log.h"
#include "contract/limits.h"

namespace candor {
namespace {

Status archive_contract(const Contract& contract, const Path& archive) {
  const auto path = archive / (contract.hash + ".toml");
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? Status(Ok{}) : write_file(path, contract.text);
}

Status read_archive(const Path& archive, std::vector<Product>& products) {
  CANDOR_ASSIGN(names, list_files(archive));
  for (const auto& name : names) {
    if (!name.ends_with(".toml")) continue;
    auto contract = read_contract(archive / name);
    // A stricter parser of a later Candor must not keep the collector from starting: reports under
    // that version are then answered 409, as those under an unknown one are.
    if (!contract.ok() || name != contract->hash + ".toml") {
      log_warning("{} is passed over: {}", (archive / name).string(),
                  contract.ok() ? "its SHA-256 is another one than its name says"
                                : contract.error().message);
      continue;
    }
    const auto product = std::ranges::find(products, contract->product, &Product::name);
    if (product == products.end()) continue;
    auto hash = contract->hash;
    product->versions.emplace(std::move(hash),
                              std::make_shared<const Contract>(*std::move(contract)));
  }
  return Ok{};
}

bool has_key(const Product& product, std::string_view key) {
  bool found = false;
  for (const auto& known : product.write_keys) found = equal_secrets(known, key) || found;
  return found;
}

}  // namespace

ContractPtr Product::version(std::string_view hash) const {
  const auto found = versions.find(std::string(hash));
  return found == versions.end() ? nullptr : found->second;
}

Result<Catalogue> Catalogue::open(std::vector<Entry> entries, const Path& archive) {
  CANDOR_TRY(make_folder(archive));
  Catalogue catalogue;
  std::set<std::string> keys;
  for (auto& entry : entries) {
    if (catalogue.find(entry.contract->product) != nullptr) {
      return Error{ErrorKind::kConfiguration,
                   fmt::format("product \"{}\" is configured twice.", entry.contract->product)};
    }
    for (const auto& key : entry.write_keys) {
      if (!keys.insert(key).second) {
        return Error{
            ErrorKind::kConfiguration,
            fmt::format("a write key of product \"{}\" is another one's too. Give each its own.",
                        entry.contract->product)};
      }
    }
    CANDOR_TRY(archive_contract(*entry.contract, archive));
    Product product{entry.contract,
                    {{entry.contract->hash, entry.contract}},
                    std::move(entry.write_keys),
                    entry.require_key};
    catalogue.products_.push_back(std::move(product));
  }
  CANDOR_TRY(read_archive(archive, catalogue.products_));
  return catalogue;
}

const Product* Catalogue::find(std::string_view name) const {
  const auto found = std::ranges::find(products_, name, &Product::name);
  return found == products_.end() ? nullptr : &*found;
}

ContractPtr Catalogue::contract(std::string_view hash) const {
  for (const auto& product : products_) {
    if (auto found = product.version(hash)) return found;
  }
  return nullptr;
}

Result<const Product*> Catalogue::route(std::string_view prefix,
                                        std::optional<std::string_view> key,
                                        std::string_view protocol) const {
  // Clients of Segment always send a key: where none is configured, one that is nobody's says
  // nothing.
  const auto counts_for = [&](const Product& candidate) {
    const bool meant =
        prefix.empty() ? candidate.current->accepts_protocol(protocol) : candidate.name() == prefix;
    const bool wants = !candidate.write_keys.empty() || candidate.require_key;
    return (meant && wants) || has_key(candidate, *key);
  };
  const bool counts = key && std::ranges::any_of(products_, counts_for);
  if (!counts) key.reset();
  const Product* product = nullptr;
  if (!prefix.empty()) {
    product = find(prefix);
    if (product == nullptr)
      return Error{
          ErrorKind::kNotFound,
          "There is no such product here. Check the address, or ask who runs this collector."};
  } else if (key) {
    for (const auto& candidate : products_) {
      if (has_key(candidate, *key)) product = &candidate;
    }
    if (product == nullptr)
      return Error{
          ErrorKind::kForbidden,
          "This write key is not known here. Send the one that the collector has for the product."};
  } else {
    for (const auto& candidate : products_) {
      if (!candidate.current->accepts_protocol(protocol)) continue;
      if (product != nullptr) {
        return Error{
            ErrorKind::kUsage,
            fmt::format(
                "Several products here take {}: send to /p/PRODUCT/… instead, or with a write key.",
                protocol)};
      }
      product = &candidate;
    }
    if (product == nullptr)
      return Error{ErrorKind::kNotFound, fmt::format("No product here takes {}.", protocol)};
  }
  if (key && !has_key(*product, *key))
    return Error{
        ErrorKind::kForbidden,
        "This write key is not known here. Send the one that the collector has for the product."};
  if (!key && product->require_key)
    return Error{ErrorKind::kForbidden,
                 "This product takes nothing without a write key. Send it as the user name of "
                 "Basic authorization."};
  if (!product->current->accepts_protocol(protocol)) {
    return Error{ErrorKind::kNotFound,
                 fmt::format("Product {} does not take {}.", product->name(), protocol)};
  }
  return product;
}

}  // namespace candor
