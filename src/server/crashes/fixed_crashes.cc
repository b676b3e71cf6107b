#include "server/crashes/fixed_crashes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/json.h"
#include "server/crashes/limits.h"
#include "server/insight/limits.h"

namespace candor {
namespace {

constexpr std::string_view kFile = "marks.json";
constexpr std::string_view kLock = "lock";
constexpr int kFormat = 1;
constexpr std::size_t kSignatureDigits = 64;

bool is_signature(std::string_view text) { return text.size() == kSignatureDigits && is_hex(text); }

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= kMaxFixedVersionBytes &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Status check_signature(std::string_view text) {
  if (is_signature(text)) return Ok{};
  return Error{ErrorKind::kUsage,
               fmt::format("\"{}\" is no signature: that is 64 digits from 0 to 9 and a to f. The "
                           "page of crashes shows those of its groups.",
                           text.substr(0, kSignatureDigits + 1))};
}

Status write_fixed(const Path& folder, const FixedCrashes& fixed) {
  Json marks = Json::object();
  for (const auto& [signature, version] : fixed) marks[signature] = version;
  CANDOR_TRY(write_file(folder / kFile, to_pretty({{"format", kFormat}, {"fixed", marks}})));
  adopt_owner(folder / kFile, folder);
  return Ok{};
}

Result<FileLock> lock(const Path& folder) {
  CANDOR_TRY(make_folder(folder));
  adopt_owner(folder, folder.parent_path());
  CANDOR_ASSIGN(held, FileLock::lock(folder / kLock));
  adopt_owner(folder / kLock, folder);
  return held;
}

}  // namespace

Result<FixedCrashes> read_fixed_crashes(const Path& folder) {
  const auto file = folder / kFile;
  auto text = read_file(file, kMaxFixedCrashesFileBytes);
  if (!text.ok() && text.error().kind == ErrorKind::kNotFound) return FixedCrashes();
  if (!text.ok()) return std::move(text).error();
  const auto json = parse_json(*text);
  const auto* marks = json.ok() ? find_member(*json, "fixed") : nullptr;
  FixedCrashes fixed;
  bool is_whole = marks != nullptr && marks->is_object() &&
                  integer_member(*json, "format") == kFormat && marks->size() <= kMaxFixedCrashes;
  if (is_whole) {
    for (const auto& [signature, version] : marks->items()) {
      is_whole = is_whole && is_signature(signature) && version.is_string() &&
                 is_version(version.get_ref<const std::string&>());
      if (is_whole) fixed[signature] = version.get<std::string>();
    }
  }
  if (is_whole) return fixed;
  return Error{ErrorKind::kBadData,
               fmt::format("{} is not what `candor crashes fixed` writes. Mend it, or remove it "
                           "and mark again what is fixed.",
                           file.string())};
}

Status mark_fixed(const Path& folder, std::string_view signature, std::string_view version) {
  CANDOR_TRY(check_signature(signature));
  if (!is_version(version)) {
    return Error{ErrorKind::kUsage,
                 fmt::format("A version is 1 to {} characters without spaces, such as 1.4.0.",
                             kMaxFixedVersionBytes)};
  }
  CANDOR_ASSIGN(held, lock(folder));
  CANDOR_ASSIGN(fixed, read_fixed_crashes(folder));
  fixed[std::string(signature)] = version;
  if (fixed.size() > kMaxFixedCrashes) {
    return Error{ErrorKind::kUsage,
                 fmt::format("{} crashes are marked as fixed, and no more are kept. Take a mark "
                             "back with --not.",
                             kMaxFixedCrashes)};
  }
  return write_fixed(folder, fixed);
}

Result<bool> unmark_fixed(const Path& folder, std::string_view signature) {
  CANDOR_TRY(check_signature(signature));
  CANDOR_ASSIGN(held, lock(folder));
  CANDOR_ASSIGN(fixed, read_fixed_crashes(folder));
  const auto mark = fixed.find(signature);
  if (mark == fixed.end()) return false;
  fixed.erase(mark);
  CANDOR_TRY(write_fixed(folder, fixed));
  return true;
}

std::vector<CrashInsight> known_fixes(const Crashes& crashes, const FixedCrashes& fixed) {
  std::vector<CrashInsight> known;
  for (const auto& group : crashes.groups) {
    const auto mark = fixed.find(group.signature);
    if (mark != fixed.end() && group.installations >= kJudgedInstallations)
      known.push_back({group.signature, format_day(day_of(group.first)), mark->second});
  }
  std::ranges::sort(known, {}, &CrashInsight::signature);
  return known;
}

Result<std::vector<CrashInsight>> known_fixes(Questions& questions, const std::string& product,
                                              const FixedCrashes& fixed) {
  if (fixed.empty()) return std::vector<CrashInsight>();
  CANDOR_ASSIGN(crashes, questions.crashes(product, Simulated::kLeftOut));
  return known_fixes(crashes, fixed);
}

}  // namespace candor
