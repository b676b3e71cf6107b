// What the fuzz targets of protocols share: a collector's catalogue with one product.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "contract/catalogue.h"
#include "require.h"

namespace candor {

inline Catalogue catalogue_of(std::string_view contract, std::vector<std::string> write_keys = {}) {
  const TemporaryFolder archive;
  auto parsed = parse_contract(contract, "fuzz.toml");
  require(parsed.ok());
  auto opened = Catalogue::open(
      {{std::make_shared<const Contract>(*std::move(parsed)), std::move(write_keys), false}},
      archive.path());
  require(opened.ok());
  return *std::move(opened);
}

}  // namespace candor
