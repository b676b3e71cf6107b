// Tombstones: which installations had their records deleted, so that neither a late report nor a
// backup brings them back. A file each, which holds hashes and times and no installation
// (docs/formats/deletion.md).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/mutex.h"
#include "base/result.h"

namespace candor {

struct Tombstone {
  bool done = false;  // false: its records are being deleted
  Instant asked_at{};
  std::optional<Instant> deleted_at;  // when it was done first; a restore begins again, this stays
};

// Safe from any thread. A subject is contract/deletion.h's.
class Tombstones {
 public:
  // Reads the folder's files; kBadData when one is damaged: nobody can say then whom a backup would
  // bring back.
  static Result<std::unique_ptr<Tombstones>> open(Path folder);

  // Whether a record of this installation with this deletion hash (hex, or empty) is not to be
  // kept. Costs nothing while nobody was forgotten.
  bool covers(std::string_view product, std::string_view installation,
              std::string_view deletion) const;

  std::optional<Tombstone> find(const std::string& subject) const;
  // The subjects whose records are being deleted.
  std::vector<std::string> deleting() const;

  // Durable when it returns; counts from then on. Fine when it is there already.
  Status add(const std::string& subject, Instant now);
  // Its records are gone.
  Status finish(const std::string& subject, Instant now);

 private:
  explicit Tombstones(Path folder) : folder_(std::move(folder)) {}

  const Path folder_;
  Mutex write_mutex_;  // one change at a time; taken before mutex_
  mutable Mutex mutex_;
  std::map<std::string, Tombstone, std::less<>> all_ CANDOR_GUARDED_BY(mutex_);
};

// Brings the tombstones of a backup into a data folder, besides those that are there, and has all
// of them delete again: what is restored may be older than they are. Their subjects.
Result<std::vector<std::string>> reopen_tombstones(const Path& backup, const Path& folder);

}  // namespace candor
