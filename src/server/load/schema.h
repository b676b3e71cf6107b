// The store's tables: the .sql files carried in the program, made when they are not there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "server/engine/client.h"

namespace candor {

// The statements of a .sql file, with `@Engine(arguments)@` filled in for the embedded engine and
// comments left out. Pure.
std::vector<std::string> statements_of(std::string_view sql);

// Makes the database and all tables; tables of an earlier version get the columns that came since,
// and nothing else that is there changes. Errors as EngineClient::execute.
Status make_tables(EngineClient& engine);

enum class Stored { kNothing, kRecords };

// The same where a store is to stay one. `made` is a file with the names of the tables that were
// made. kBadData, and none is made, when one of them is gone; or all of them, where records were
// loaded: empty ones in their place would look like figures.
Status keep_tables(EngineClient& engine, const Path& made, Stored stored);

}  // namespace candor
