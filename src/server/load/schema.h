// The store's tables: the .sql files carried in the program, made when they are not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/engine/client.h"

namespace candor {

// The statements of a .sql file, with `@Engine(arguments)@` filled in for the embedded engine and
// comments left out. Pure.
std::vector<std::string> statements_of(std::string_view sql);

// Makes the database and all tables; changes nothing that is there. Errors as
// EngineClient::execute.
Status make_tables(EngineClient& engine);

}  // namespace candor
