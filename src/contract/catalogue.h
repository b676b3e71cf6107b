// The products a collector receives for: their contracts, every version of them, and which product
// a request is for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "contract/contract.h"

namespace candor {

struct Product {
  ContractPtr current;
  std::map<std::string, ContractPtr> versions;  // by hash, the current one among them
  std::vector<std::string> write_keys;
  bool require_key = false;

  const std::string& name() const { return current->product; }
  // The contract with that hash, or nullptr.
  ContractPtr version(std::string_view hash) const;
};

// Immutable once opened; safe from any thread.
class Catalogue {
 public:
  struct Entry {
    ContractPtr contract;
    std::vector<std::string> write_keys;
    bool require_key = false;
  };

  // Keeps a copy of each contract in `archive` as HASH.toml and reads the copies of earlier
  // versions. kConfiguration when two entries name one product or share a write key.
  static Result<Catalogue> open(std::vector<Entry> entries, const Path& archive);

  const std::vector<Product>& products() const { return products_; }
  const Product* find(std::string_view name) const;
  // Any version of any product.
  ContractPtr contract(std::string_view hash) const;

  // Which product a request is for (path prefix, else write key, else the only one whose contract
  // takes that protocol). A key that is nobody's is not looked at where no product that could be
  // meant has one. Errors: kNotFound for a prefix that names no product, kForbidden for a wrong or
  // missing key, kUsage when several products could be meant.
  Result<const Product*> route(std::string_view prefix, std::optional<std::string_view> key,
                               std::string_view protocol) const;

 private:
  std::vector<Product> products_;
};

}  // namespace candor
