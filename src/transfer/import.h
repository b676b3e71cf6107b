// Posts an export to a collector.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "transfer/export_file.h"
#include "wire/http_client.h"

namespace candor {

struct ImportOptions {
  std::string url;      // of the collector, no final slash
  std::string ca_file;  // empty: the system's
  // The write key for a product; empty: none is needed.
  std::function<std::string(const std::string&)> write_key = [](const std::string&) {
    return std::string();
  };
  // Waits between tries; a test does not.
  std::function<void(std::chrono::milliseconds)> pause;
  // Now and then: how many lines are done, of how many that the header names.
  std::function<void(std::uint64_t, std::uint64_t)> on_progress = [](std::uint64_t, std::uint64_t) {
  };
};

struct DamagedLine {
  std::uint64_t number = 0;
  std::string why;
};

// lines = the sum of `outcomes` + damaged
struct ImportSummary {
  std::uint64_t lines = 0;                        // of reports that were read
  std::map<std::string, std::uint64_t> outcomes;  // "accepted", "duplicate", …, "refused"
  std::uint64_t damaged = 0;
  std::vector<DamagedLine> damaged_lines;  // the first kMaxDamagedNamed
  std::string first_refusal;               // the collector's words
  // Why it ended before the end: kTryAgain; kGeneral when the collector wants another key, has no
  // such product, or is no collector. Import the same file again.
  std::optional<Error> stopped;
};

// Posts line by line; `write` gets each line of the receipts' file, its header first. kBadData when
// `in` is no export at all; errors of `write` are passed on.
Result<ImportSummary> import_reports(std::istream& in, HttpClient& client,
                                     const ImportOptions& options,
                                     const std::function<Status(const std::string&)>& write);

}  // namespace candor
