#include "server/record/tombstones.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "contract/deletion.h"

namespace candor {
namespace {

constexpr int kFormat = 1;
constexpr std::string_view kEnding = ".json";
constexpr std::string_view kDeleting = "deleting", kDeleted = "deleted";
constexpr std::size_t kSubjectLength = 64;

// The subject of a tombstone's file; nothing for another file, such as a write's temporary one.
std::optional<std::string> subject_of(std::string_view file) {
  if (!file.ends_with(kEnding)) return std::nullopt;
  file.remove_suffix(kEnding.size());
  if (file.size() != kSubjectLength || !from_hex(file)) return std::nullopt;
  return std::string(file);
}

Path file_of(const Path& folder, std::string_view subject) {
  return folder / fmt::format("{}{}", subject, kEnding);
}

Result<Tombstone> read_tombstone(const Path& file) {
  CANDOR_ASSIGN(text, read_file(file));
  const auto json = parse_json(text);
  const auto state = json.ok() ? string_member(*json, "state") : std::string();
  const auto asked_at =
      json.ok() ? parse_rfc3339(string_member(*json, "asked_at")) : std::optional<Instant>();
  const auto format = json.ok() ? integer_member(*json, "format") : 0;
  if (format != kFormat || !asked_at || (state != kDeleting && state != kDeleted)) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("{} is damaged, or of another format than {}: it says that an installation was "
                    "forgotten. Restore it from a backup, or run the version that wrote it.",
                    file.string(), kFormat)};
  }
  Tombstone tombstone{state == kDeleted, *asked_at,
                      parse_rfc3339(string_member(*json, "deleted_at"))};
  if (tombstone.done && !tombstone.deleted_at) tombstone.done = false;
  return tombstone;
}

Result<std::map<std::string, Tombstone, std::less<>>> read_folder(const Path& folder) {
  std::map<std::string, Tombstone, std::less<>> all;
  CANDOR_ASSIGN(names, list_files(folder));
  for (const auto& name : names) {
    const auto subject = subject_of(name);
    if (!subject) continue;
    CANDOR_ASSIGN(tombstone, read_tombstone(folder / name));
    all.emplace(*subject, tombstone);
  }
  return all;
}

Status write_tombstone(const Path& folder, std::string_view subject, const Tombstone& tombstone) {
  Json json = {{"format", kFormat},
               {"state", tombstone.done ? kDeleted : kDeleting},
               {"asked_at", format_rfc3339(tombstone.asked_at)}};
  if (tombstone.deleted_at) json["deleted_at"] = format_rfc3339(*tombstone.deleted_at);
  return write_file(file_of(folder, subject), to_line(json) + "\n");
}

}  // namespace

Result<std::unique_ptr<Tombstones>> Tombstones::open(Path folder) {
  CANDOR_TRY(make_folder(folder));
  CANDOR_ASSIGN(all, read_folder(folder));
  std::unique_ptr<Tombstones> tombstones(new Tombstones(std::move(folder)));
  const MutexLock lock(tombstones->mutex_);
  tombstones->all_ = std::move(all);
  return tombstones;
}

bool Tombstones::covers(std::string_view product, std::string_view installation,
                        std::string_view deletion) const {
  // A record that carries no hash is covered by no secret.
  if (deletion.empty()) return false;
  {
    const MutexLock lock(mutex_);
    if (all_.empty()) return false;
  }
  const auto subject = deletion_subject(product, installation, deletion);
  const MutexLock lock(mutex_);
  return all_.contains(subject);
}

std::optional<Tombstone> Tombstones::find(const std::string& subject) const {
  const MutexLock lock(mutex_);
  const auto found = all_.find(subject);
  return found == all_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Tombstones::deleting() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> subjects;
  for (const auto& [subject, tombstone] : all_) {
    if (!tombstone.done) subjects.push_back(subject);
  }
  return subjects;
}

Status Tombstones::add(const std::string& subject, Instant now) {
  const MutexLock one_at_a_time(write_mutex_);
  if (find(subject)) return Ok{};
  const Tombstone tombstone{false, now, std::nullopt};
  // Without mutex_: requests ask for it and must not wait for the disk.
  CANDOR_TRY(write_tombstone(folder_, subject, tombstone));
  const MutexLock lock(mutex_);
  all_.emplace(subject, tombstone);
  return Ok{};
}

Status Tombstones::finish(const std::string& subject, Instant now) {
  const MutexLock one_at_a_time(write_mutex_);
  auto tombstone = find(subject);
  if (!tombstone || tombstone->done) return Ok{};
  tombstone->done = true;
  if (!tombstone->deleted_at) tombstone->deleted_at = now;
  CANDOR_TRY(write_tombstone(folder_, subject, *tombstone));
  const MutexLock lock(mutex_);
  all_[subject] = *tombstone;
  return Ok{};
}

Result<std::vector<std::string>> reopen_tombstones(const Path& backup, const Path& folder) {
  CANDOR_TRY(make_folder(folder));
  CANDOR_ASSIGN(all, read_folder(folder));
  CANDOR_ASSIGN(older, read_folder(backup));
  all.merge(older);
  std::vector<std::string> subjects;
  for (auto& [subject, tombstone] : all) {
    tombstone.done = false;
    CANDOR_TRY(write_tombstone(folder, subject, tombstone));
    subjects.push_back(subject);
  }
  return subjects;
}

}  // namespace candor
