// Which crashes are fixed, and in which version: fixed-crashes/ in the data folder
// (docs/formats/crash.md, section "Fixed"). `candor crashes fixed` writes it, the collector reads
// it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "contract/insights_bundle.h"
#include "server/insight/questions.h"

namespace candor {

using FixedCrashes = std::map<std::string, std::string, std::less<>>;  // signature: version

// Those of this folder; none where nothing was marked. kBadData when the
// file is damaged. Any thread, beside the commands.
Result<FixedCrashes> read_fixed_crashes(const Path& folder);

// Marks a signature, or takes the mark back (false: there was none). One process at a time;
// kUsage for what is no signature or no version, or when kMaxFixedCrashes are marked.
Status mark_fixed(const Path& folder, std::string_view signature, std::string_view version);
Result<bool> unmark_fixed(const Path& folder, std::string_view signature);

// Those that are marked among the groups of a product (Questions::crashes), in the order of their
// signatures, as the bundle of insights tells everybody: of at least kJudgedInstallations. Pure.
// What the product's store does not have among its kMaxCrashGroups is not there.
std::vector<CrashInsight> known_fixes(const Crashes& crashes, const FixedCrashes& fixed);
// The same of what is stored now; does not ask where nothing is marked.
Result<std::vector<CrashInsight>> known_fixes(Questions& questions, const std::string& product,
                                              const FixedCrashes& fixed);

}  // namespace candor
