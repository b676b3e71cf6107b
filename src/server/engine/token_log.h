// What ClickHouse wrote down of an insert that a crash cut off.
//
// A table's `deduplication_logs/` get a line for each new part *before* the part has its name
// (seen with strace, 26.7: write of the line, then rename of `tmp_insert_…`). A kill between the
// two leaves a token that is known without its rows, and the same insert sent again would be taken
// for a duplicate.
#pragma once

#include "base/files.h"

namespace candor {

// Takes such a line out of every table's newest log below `data` (the engine's folder), and what is
// left of a torn one. Only while no engine works on the folder. Returns how many inserts can be
// sent again now; kCannotCreate, kTryAgain as the file system says.
Result<int> forget_cut_off_inserts(const Path& data);

}  // namespace candor
