#include "server/record/seen.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <variant>
#include <vector>

#include "base/json.h"
#include "server/record/limits.h"

namespace candor {
namespace {

// All keys are let go of in so many parts at least.
constexpr std::size_t kGenerations = 8;
// A set of fewer keys stays in memory.
constexpr std::size_t kKeysWorthAFile = 4096;
// Up to where the files have what the journal has, and how long each was then.
constexpr const char* kCovered = "covered.json";
// So many keys of a file are read at once.
constexpr std::size_t kKeysAtOnce = 65'536;

// The first day that is kept: `oldest`, or an earlier one so that some days are kept in any case.
// Any order of days.
std::int64_t first_kept(std::int64_t oldest, std::vector<std::int64_t> days) {
  std::ranges::sort(days);
  days.erase(std::unique(days.begin(), days.end()), days.end());
  return days.empty()
             ? oldest
             : std::min(oldest, days[days.size() - std::min(days.size(), kSeenDaysInAnyCase)]);
}

// An append that was cut short would shift all keys behind it.
Status cut_torn_key(const Path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (error || bytes % sizeof(RecordKey) == 0) return Ok{};
  const auto whole = static_cast<off_t>(bytes - bytes % sizeof(RecordKey));
  return ::truncate(file.c_str(), whole) == 0 ? Status(Ok{}) : Status(system_error("cut", file));
}

// Calls `visit` with the newest keys of a file, `most` at most, some at a time.
template <typename Visit>
Status read_keys(const Path& path, std::size_t most, Visit visit) {
  CANDOR_ASSIGN(file, system_disk().open(path));
  CANDOR_ASSIGN(bytes, file->size());
  std::vector<RecordKey> keys(kKeysAtOnce);
  const std::span<char> piece(reinterpret_cast<char*>(keys.data()), kKeysAtOnce * sizeof keys[0]);
  for (auto at = bytes - std::min(bytes, most * sizeof keys[0]); at < bytes; at += piece.size()) {
    CANDOR_ASSIGN(read, file->read_at(at, piece));
    visit(std::span(keys).first(read / sizeof keys[0]));
  }
  // What ended before it was synced counts as kept from now on.
  return file->sync();
}

Result<std::uint64_t> size_of(const Path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  if (!error) return bytes;
  return Error{ErrorKind::kNotFound,
               fmt::format("cannot look at {}: {}", file.string(), error.message())};
}

Status append_and_sync(const Path& path, std::string_view bytes) {
  CANDOR_TRY(append_file(path, bytes));
  CANDOR_ASSIGN(file, system_disk().open(path));
  return file->sync();
}

// Nothing when the file is not there, or says what is not so any more.
Position read_covered(const Path& folder) {
  const auto text = read_file(folder / kCovered);
  const auto json = text.ok() ? parse_json(*text) : Result<Json>(text.error());
  const auto* files = json.ok() ? find_member(*json, "files") : nullptr;
  const auto* up_to = json.ok() ? find_member(*json, "up_to") : nullptr;
  if (files == nullptr || !files->is_object() || up_to == nullptr || !up_to->is_number_unsigned())
    return {};
  for (const auto& [name, bytes] : files->items()) {
    const auto size = size_of(folder / name);
    if (!size.ok() || !bytes.is_number_unsigned() || *size < bytes.get<std::uint64_t>()) return {};
  }
  return {up_to->get<std::uint64_t>()};
}

}  // namespace

Result<SeenDocuments> SeenDocuments::open(Path folder, Instant now, std::chrono::days days,
                                          std::size_t most) {
  CANDOR_TRY(make_folder(folder));
  SeenDocuments seen(std::move(folder), now, days, most);
  CANDOR_TRY(remove_old(seen.folder_, seen.oldest_));
  seen.covered_ = read_covered(seen.folder_);
  // By name, so by day: the oldest keys are remembered first, and go first.
  CANDOR_ASSIGN(names, list_files(seen.folder_));
  for (const auto& name : names) {
    const auto day = parse_day(name);
    if (!day) continue;
    CANDOR_TRY(cut_torn_key(seen.folder_ / name));
    CANDOR_TRY(read_keys(seen.folder_ / name, most, [&](std::span<const RecordKey> keys) {
      for (const auto& key : keys) seen.remember(key, day_of(*day));
      seen.move_full_sets();
    }));
  }
  seen.let_go_ = 0;
  return seen;
}

bool SeenDocuments::contains(RecordKey key) const {
  return std::ranges::any_of(generations_,
                             [&](const Generation& one) { return one.contains(key); });
}

std::size_t SeenDocuments::bytes() const {
  std::size_t sum = 0;
  for (const auto& generation : generations_) sum += generation.bytes();
  return sum + unwritten_bytes();
}

std::size_t SeenDocuments::unwritten_bytes() const {
  std::size_t sum = 0;
  for (const auto& [day, keys] : unwritten_) sum += keys.size();
  return sum;
}

void SeenDocuments::remember(RecordKey key, std::int64_t day) {
  const auto full = std::clamp<std::size_t>(most_ / kGenerations, 1, kMaxSeenInMemory);
  if (generations_.empty() || generations_.back().day < day || generations_.back().size() >= full)
    generations_.push_back({day, std::make_shared<KeySet>()});
  if (!generations_.back().keys->insert(key)) return;
  ++size_;
  while (size_ > most_ && generations_.size() > 1) {
    const auto gone = generations_.front().size();
    // Those of days that are kept in any case are a reserve, and nobody misses them.
    if (generations_.front().day >= oldest_) let_go_ += gone;
    size_ -= gone;
    let_go_of_front();
    shorten_unwritten();
  }
}

// The system takes its time with a file that goes.
void SeenDocuments::let_go_of_front() {
  gone_.push_back(std::move(generations_.front()));
  generations_.pop_front();
}

std::shared_ptr<const KeySet> SeenDocuments::full_set() const {
  for (const auto& generation : generations_) {
    // The newest gets more.
    if (&generation == &generations_.back()) break;
    if (generation.keys && generation.size() >= kKeysWorthAFile) return generation.keys;
  }
  return nullptr;
}

void SeenDocuments::replace(const std::shared_ptr<const KeySet>& keys, KeyFile file) {
  for (auto& generation : generations_) {
    if (generation.keys != keys) continue;
    generation.file = std::move(file);
    generation.keys.reset();
    return;
  }
}

void SeenDocuments::move_full_sets() {
  while (const auto keys = full_set()) {
    auto file = KeyFile::write(folder_, *keys);
    if (!file.ok()) return;  // they stay in memory until the next time
    replace(keys, *std::move(file));
  }
}

// What is in no file is in the journal, which a store that is away does not empty: no more of it
// is kept than is remembered.
void SeenDocuments::shorten_unwritten() {
  auto bytes = unwritten_bytes();
  for (auto oldest = unwritten_.begin(); oldest != unwritten_.end();) {
    if (bytes <= most_ * sizeof(RecordKey)) return;
    const auto gone = std::min(oldest->second.size(), bytes - most_ * sizeof(RecordKey));
    oldest->second.erase(0, gone);
    bytes -= gone;
    oldest = oldest->second.empty() ? unwritten_.erase(oldest) : std::next(oldest);
  }
}

bool SeenDocuments::add(RecordKey key, Instant received) {
  if (contains(key)) return false;
  add_new(key, received);
  return true;
}

void SeenDocuments::add_new(RecordKey key, Instant received) {
  const auto day = day_of(received);
  remember(key, day);
  unwritten_[day].append(reinterpret_cast<const char*>(&key), sizeof key);
}

Status SeenDocuments::sync() {
  const auto keys = take_unwritten();
  auto written = write(folder_, keys, most_);
  if (!written.ok()) give_back(keys);
  return written;
}

// A key that stands in a file twice, because it was written and not synced the first time, is one
// key.
Status SeenDocuments::write(const Path& folder, const Unwritten& keys, std::size_t most) {
  for (const auto& [day, bytes] : keys) {
    const auto path = folder / format_day(day);
    CANDOR_TRY(cut_torn_key(path));  // of an attempt that found the disk full
    const auto before = size_of(path);
    if (auto added = append_and_sync(path, bytes); !added.ok()) {
      // Nobody may find them there and believe that they stay.
      [[maybe_unused]] const int cut =
          ::truncate(path.c_str(), static_cast<off_t>(before.ok() ? *before : 0));
      return added;
    }
    const auto size = size_of(path);
    if (size.ok() && *size > 2 * most * sizeof(RecordKey)) {
      CANDOR_ASSIGN(newest, read_file_end(path, most * sizeof(RecordKey)));
      CANDOR_TRY(write_file(path, newest));
    }
  }
  return keys.empty() ? Status(Ok{}) : sync_folder(folder);
}

Status SeenDocuments::cover(const Path& folder, Position up_to) {
  Json json;
  json["up_to"] = up_to.value;
  auto& files = json["files"] = Json::object();
  CANDOR_ASSIGN(names, list_files(folder));
  for (const auto& name : names) {
    if (!parse_day(name)) continue;
    CANDOR_ASSIGN(bytes, size_of(folder / name));
    files[name] = bytes;
  }
  return write_file(folder / kCovered, to_pretty(json));
}

void SeenDocuments::give_back(const Unwritten& keys) {
  for (const auto& [day, bytes] : keys) unwritten_[day].insert(0, bytes);
}

std::int64_t SeenDocuments::forget_old(Instant now) {
  oldest_ = day_of(now) - days_.count();
  std::vector<std::int64_t> days;
  for (const auto& generation : generations_) days.push_back(generation.day);
  const auto first = first_kept(oldest_, std::move(days));
  while (!generations_.empty() && generations_.front().day < first) {
    size_ -= generations_.front().size();
    let_go_of_front();
  }
  return oldest_;
}

Status SeenDocuments::remove_old(const Path& folder, std::int64_t oldest) {
  std::vector<std::int64_t> days;
  CANDOR_ASSIGN(names, list_files(folder));
  for (const auto& name : names) {
    if (const auto day = parse_day(name)) days.push_back(day_of(*day));
  }
  const auto first = first_kept(oldest, days);
  for (const auto day : days) {
    if (day < first) CANDOR_TRY(remove_file(folder / format_day(day)));
  }
  return Ok{};
}

Result<Seen> Seen::open(const Path& documents, const Path& events, Instant now) {
  CANDOR_ASSIGN(of_documents, SeenDocuments::open(documents, now, kSeenDays, kMaxSeenDocuments));
  CANDOR_ASSIGN(of_events, SeenDocuments::open(events, now, kSeenEventDays, kMaxSeenEvents));
  return Seen{std::move(of_documents), std::move(of_events), documents, events};
}

Status Seen::add(Position position, std::string_view bytes, Instant now) {
  const bool of_events = is_events_record(bytes);
  if (position <= events.covered() && (of_events || position <= documents.covered())) return Ok{};
  if (of_events) {
    CANDOR_ASSIGN(view, view_events(bytes));
    for (const auto& event : view.events) {
      if (event.key) events.add(*event.key, view.received);
    }
  } else {
    CANDOR_ASSIGN(record, decode_record(bytes));
    if (const auto* document = std::get_if<DocumentRecord>(&record))
      documents.add(document->key, document->received);
    if (const auto* replay = std::get_if<ReplayRecord>(&record)) events.add(replay->key, now);
    if (const auto* samples = std::get_if<SamplesRecord>(&record); samples && samples->key)
      events.add(*samples->key, samples->received);
  }
  // The journal may hold more keys than there is room for beside those that are looked up.
  for (auto* seen : {&documents, &events}) {
    if (seen->unwritten_bytes() <= kMaxUnwrittenKeyBytes) continue;
    seen->move_full_sets();
    CANDOR_TRY(seen->sync());
  }
  return Ok{};
}

}  // namespace candor
