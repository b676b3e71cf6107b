#include "server/ops/ops_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/digest.h"
#include "config/limits.h"
#include "server/ops/limits.h"

namespace candor {
namespace {

constexpr std::string_view kSet = "set-";
constexpr std::size_t kNameDigits = 16;
constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kMaxToldBytes = 1'000;  // of a checker's words

// Another name for other files.
std::string set_name(const std::vector<OpsFile>& files) {
  std::string all;
  for (const auto& file : files)
    all += fmt::format("{}\n{}\n{}", file.name, file.text.size(), file.text);
  return std::string(kSet) + sha256_hex(all).substr(0, kNameDigits);
}

// What a checker said, on one line.
std::string words_of(const ProcessOutput& output) {
  std::string words;
  for (const char c : output.err + " " + output.out) {
    const bool space = c == '\n' || c == '\t' || c == ' ';
    if (space && (words.empty() || words.back() == ' ')) continue;
    words += space ? ' ' : c;
  }
  return words.substr(0, kMaxToldBytes);
}

}  // namespace

bool OpsFolder::has_current() const {
  std::error_code ignored;
  return std::filesystem::exists(current() / "prometheus.yml", ignored);
}

Result<OpsFolder::Swap> OpsFolder::use(const std::vector<OpsFile>& files) {
  CANDOR_TRY(make_folder(root_));
  const auto name = set_name(files);
  std::error_code none;
  if (std::filesystem::read_symlink(current(), none) == name && has_current()) return Swap::kSame;
  const auto set = root_ / name;
  auto usable = write_set(set, files);
  if (usable.ok()) usable = check_set(set);
  if (usable.ok()) usable = point_to(set);
  if (!usable.ok()) {
    // What is used already, and may only not be synced, stays.
    if (std::filesystem::read_symlink(current(), none) != name)
      std::filesystem::remove_all(set, none);
    return usable.error();
  }
  remove_others(set);
  return Swap::kSwapped;
}

Status OpsFolder::write_set(const Path& set, const std::vector<OpsFile>& files) const {
  std::error_code ignored;
  // A half of it may be there since a crash.
  std::filesystem::remove_all(set, ignored);
  for (const auto& file : files) {
    CANDOR_TRY(make_folder((set / file.name).parent_path()));
    CANDOR_TRY(write_file(set / file.name, file.text));
  }
  return Ok{};
}

Status OpsFolder::check_set(const Path& set) const {
  CANDOR_TRY(
      check({"promtool", "check", "config", (set / "prometheus.yml").string()}, "prometheus"));
  return check({"amtool", "check-config", (set / "alertmanager.yml").string()},
               "prometheus-alertmanager");
}

Status OpsFolder::check(const std::vector<std::string>& argv, const char* package) const {
  ProcessOptions options;
  options.argv = argv;
  options.timeout = kConfigCheckTime;
  const auto output = run_(options);
  if (!output.ok() && output.error().kind == ErrorKind::kUnavailable) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("{} is not installed, and nothing is used that it has not checked: "
                             "apt-get install {}",
                             argv.front(), package)};
  }
  if (!output.ok()) return output.error();
  if (output->exit_status == 0) return Ok{};
  return Error{ErrorKind::kConfiguration,
               fmt::format("{} does not take it: {}", argv.front(), words_of(*output))};
}

Status OpsFolder::point_to(const Path& set) const {
  const auto next = root_ / "current.new";
  CANDOR_TRY(remove_file(next));
  // Relative, so that a copy of the data folder leads to its own.
  if (::symlink(set.filename().c_str(), next.c_str()) != 0) return system_error("create", next);
  if (::rename(next.c_str(), current().c_str()) != 0) return system_error("rename", next);
  return sync_folder(root_);
}

void OpsFolder::remove_others(const Path& set) const {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(root_, ignored)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(kSet) && entry.path() != set)
      std::filesystem::remove_all(entry.path(), ignored);
  }
}

Result<std::string> OpsFolder::token() {
  CANDOR_TRY(make_folder(root_));
  auto kept = read_file(token_file());
  if (kept.ok() && kept->size() == 2 * kTokenBytes) return kept;
  auto made = to_hex(random_bytes(kTokenBytes));
  CANDOR_TRY(write_file(token_file(), made));
  return made;
}

}  // namespace candor
