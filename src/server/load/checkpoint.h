// How far the journal is in the store, and which block was on its way: a small file, replaced
// atomically, that makes loading happen exactly once (docs/decisions/004-exactly-once.md).
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"
#include "journal/position.h"

namespace candor {

struct Checkpoint {
  std::string journal;  // a random name of this journal
  Position loaded;      // everything up to here is in the store
  Position
      pending;  // the block (loaded, pending] may be there in part; equal to `loaded` when none is
  // A random name of that block, part of its deduplication tokens; empty: a version that gave none
  // began it.
  std::string block{};
};

// A new checkpoint with a random name when there is no file.
Result<Checkpoint> read_checkpoint(const Path& file);
Status write_checkpoint(const Path& file, const Checkpoint& checkpoint);

}  // namespace candor
