// The folder DATA/ops: sets of files, and which of them is used. docs/formats/operations.md.
#pragma once

#include <vector>

#include "base/files.h"
#include "base/process.h"
#include "base/result.h"
#include "server/ops/ops_files.h"

namespace candor {

// One thread at a time.
class OpsFolder {
 public:
  OpsFolder(Path root, ProcessRunner run) : root_(std::move(root)), run_(std::move(run)) {}

  Path current() const { return root_ / "current"; }
  Path prometheus_data() const { return root_ / "prometheus"; }
  Path alertmanager_data() const { return root_ / "alertmanager"; }
  Path token_file() const { return root_ / "scrape.token"; }

  // Whether there is a set in use, also one of an earlier run.
  bool has_current() const;

  enum class Swap { kSame, kSwapped };
  // Writes the files as a new set, has promtool and amtool check it, and uses it from then on. When
  // anything of that fails the set that was in use stays: kConfiguration with the checker's words,
  // kUnavailable with the package's name when it is not installed.
  Result<Swap> use(const std::vector<OpsFile>& files);

  // What is to be shown by who may read the collector's metrics; made at the first call.
  Result<std::string> token();

 private:
  Status write_set(const Path& set, const std::vector<OpsFile>& files) const;
  Status check_set(const Path& set) const;
  Status check(const std::vector<std::string>& argv, const char* package) const;
  Status point_to(const Path& set) const;
  void remove_others(const Path& set) const;

  const Path root_;
  const ProcessRunner run_;
};

}  // namespace candor
