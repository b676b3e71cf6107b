// Where the contracts are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace candor {

// The folder of contracts: `configured` if it is not empty, else PREFIX/share/candor/contracts of
// the PREFIX/bin that holds the executable, else `contracts` beside the build folder that holds it.
// kConfiguration when there is none.
Result<Path> find_contract_folder(const Path& configured, const Path& executable);

// The file of a product's contract in that folder; kConfiguration with the nearest product's name
// when there is none.
Result<Path> find_contract(std::string_view product, const Path& folder);

// The products that have a contract there, in order of their names.
Result<std::vector<std::string>> list_products(const Path& folder);

// A program that is installed with this one: in PREFIX/libexec/candor of the PREFIX/bin that holds
// the executable, else beside it, else as it is found in PATH.
std::string find_helper(std::string_view name, const Path& executable);

// This program's own file.
Path this_executable();

}  // namespace candor
