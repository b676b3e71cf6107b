// What ClickHouse wrote down of an insert that a crash cut off.
//
// A table's `deduplication_logs/` get a line for each new part *before* the part has its name
// (seen with strace, 26.7: write of the line, then rename of `tmp_insert_…`). A kill between the
// two leaves a token that is known without its rows, and the same insert sent again would be taken
// for a duplicate.
#pragma once

#include "base/files.h"

namespace candor {

// Takes such a token back in every table's newest log below `data` (the engine's folder), as
// ClickHouse does with those of a dropped part, and cuts off what is left of a torn line. Only
// while no engine works on the folder. Returns how many inserts can be sent again now; an error
// names the log.
Result<int> forget_cut_off_inserts(const Path& data);

}  // namespace candor
