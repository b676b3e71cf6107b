// Reports carried by hand, the agent's side: the export, and the receipts that come back
// (docs/formats/export.md).
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "agent/seal/state_folder.h"
#include "base/clock.h"
#include "base/result.h"
#include "transfer/export_file.h"
#include "transfer/import.h"

namespace candor {

// Every pending report of the folder's outbox as the text of an export. They stay pending, and
// count as carried from now on. kNothing when none is pending.
struct Export {
  std::uint64_t reports = 0;
  std::string text;
};
Result<Export> export_pending(const StateFolder& state, ExportKind kind,
                              const std::string& product);

// Whether reports of the folder may be in files that are on their way to a collector.
bool may_be_carried(const StateFolder& state);

// lines = filed + refused + before + unknown + wrong
struct FiledReceipts {
  std::uint64_t filed = 0;               // moved to sent/
  std::uint64_t refused = 0;             // moved to refused/
  std::uint64_t before = 0;              // that had their answer already
  std::uint64_t unknown = 0;             // of reports that are not here
  std::uint64_t wrong = 0;               // damaged, or not to be believed
  std::vector<DamagedLine> wrong_lines;  // the first kMaxDamagedNamed
  std::string pinned;                    // the key, when this was the first contact
};

// Files the receipts of reports that are pending in `state` (or, of device reports, in its folder
// for those). A receipt counts when it is for the pending bytes, names their contract and is signed
// with `given_key` (of receipt_key_file; empty: there is none), or else with the pinned key, or
// else with the first one's. Only a key that signed a receipt which counts is pinned. Device
// reports have a pinned key of their own; `one_collector` is asked whether `given_key` counts for
// them and, when they have none yet, the installation's, and its error ends all. kBadData when `in`
// is no file of receipts, or holds none.
Result<FiledReceipts> file_receipts(const StateFolder& state, std::string given_key,
                                    std::istream& in, Instant now,
                                    const std::function<Result<bool>()>& one_collector);

}  // namespace candor
