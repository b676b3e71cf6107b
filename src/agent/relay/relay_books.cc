#include "agent/relay/relay_books.h"

#include <algorithm>
#include <numeric>

#include "agent/seal/seal_events.h"

namespace candor {
namespace {

constexpr std::string_view kFile = "counts.json";

std::map<std::string, std::uint64_t> counts_in(const Json& json, std::string_view name) {
  std::map<std::string, std::uint64_t> counts;
  const auto* member = find_member(json, name);
  if (member == nullptr || !member->is_object()) return counts;
  for (const auto& [reason, count] : member->items()) {
    if (count.is_number_unsigned()) counts[reason] = count.get<std::uint64_t>();
  }
  return counts;
}

std::uint64_t sum_of(const std::map<std::string, std::uint64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& row) { return sum + row.second; });
}

// Which of those files, none of which is pending, were sent or refused. Copies are few after a long
// outage, so the log is asked for the others.
std::map<std::string, Whereabouts> fates_of(const std::map<std::string, std::uint64_t>& files,
                                            const Outbox& outbox) {
  std::map<std::string, Whereabouts> fates;
  for (const auto& [id, events] : files) {
    const auto where = outbox.find(id);
    if (where && *where != Whereabouts::kPending) fates[id] = *where;
  }
  if (fates.size() == files.size()) return fates;
  const auto log = outbox.log().entries();
  if (!log.ok()) return fates;
  for (const auto& line : *log) {
    if (!files.contains(line.id)) continue;
    fates[line.id] = line.status == "refused" ? Whereabouts::kRefused : Whereabouts::kSent;
  }
  return fates;
}

}  // namespace

std::uint64_t RelayCounts::dropped_count() const { return sum_of(dropped); }

std::uint64_t RelayCounts::waiting() const {
  const auto settled = dropped_count() + forwarded + refused + lost;
  return received > settled ? received - settled : 0;
}

std::optional<RelayCounts> read_relay_counts(const StateFolder& relay) {
  const auto json = relay.read_json(kFile);
  if (!json.ok()) return std::nullopt;
  RelayCounts counts;
  counts.listen = string_member(*json, "listen");
  counts.since = parse_rfc3339(string_member(*json, "since"));
  counts.received = count_member(*json, "received");
  counts.dropped = counts_in(*json, "dropped");
  counts.left_out = counts_in(*json, "left_out");
  counts.forwarded = count_member(*json, "forwarded");
  counts.refused = count_member(*json, "refused");
  counts.lost = count_member(*json, "lost");
  return counts;
}

RelayBooks::RelayBooks(const StateFolder& relay, Instant now) : relay_(relay) {
  const Outbox outbox(relay, kEventFileLimits);
  {
    const MutexLock lock(mutex_);
    counts_ = read_relay_counts(relay).value_or(RelayCounts());
    if (!counts_.since) counts_.since = now;
    counts_.listen.clear();  // a killed agent left it
    go_on_with(outbox);
  }
  settle(outbox);
}

void RelayBooks::go_on_with(const Outbox& outbox) {
  const auto json = relay_.read_json(kFile);
  if (json.ok()) files_ = counts_in(*json, "files");
  const bool knows_lost = json.ok() && find_member(*json, "lost_files") != nullptr;
  lost_files_ = knows_lost ? count_member(*json, "lost_files") : outbox.lost().value_or(0);
  // A file that was about to be pending when the process was killed is pending, or was sent since,
  // or never came to be.
  const auto sealing = json.ok() ? counts_in(*json, "sealing") : Files();
  for (const auto& [id, events] : sealing) {
    const auto line = outbox.log().find(id);
    if (outbox.find(id) || (line.ok() && *line)) files_[id] = events;
  }
  const auto pending = outbox.pending();
  if (!pending.ok()) return;
  for (const auto& file : *pending) {
    if (files_.contains(file.id)) continue;
    const auto bytes = outbox.read(file.id);
    files_[file.id] = bytes.ok() ? count_events(*bytes) : 0;
  }
  // What an earlier run had in memory when it was killed is lost; what it had sealed is not.
  const auto waited = counts_.waiting(), in_files = sum_of(files_);
  if (waited > in_files) counts_.lost += waited - in_files;
  if (waited < in_files) counts_.received += in_files - waited;
}

void RelayBooks::listens_on(std::string address) {
  const MutexLock lock(mutex_);
  counts_.listen = std::move(address);
  written_ = false;
}

void RelayBooks::begin_anew(Instant now) {
  const MutexLock lock(mutex_);
  RelayCounts fresh;
  fresh.listen = counts_.listen;
  fresh.since = now;
  counts_ = std::move(fresh);
  files_.clear();
  sealing_.reset();
  lost_files_ = 0;
  refused_in_files_ = 0;
  written_ = false;
}

void RelayBooks::received(std::uint64_t count) {
  const MutexLock lock(mutex_);
  counts_.received += count;
  written_ = false;
}

void RelayBooks::dropped(std::string_view reason, std::uint64_t count) {
  if (count == 0) return;
  const MutexLock lock(mutex_);
  counts_.dropped[std::string(reason)] += count;
  written_ = false;
}

void RelayBooks::left_out(std::string_view reason, std::uint64_t count) {
  const MutexLock lock(mutex_);
  counts_.left_out[std::string(reason)] += count;
  written_ = false;
}

void RelayBooks::sealing(std::string id, std::uint64_t events) {
  const MutexLock lock(mutex_);
  sealing_.emplace(std::move(id), events);
  written_ = false;
}

void RelayBooks::sealed() {
  const MutexLock lock(mutex_);
  if (sealing_) files_.insert(*sealing_);
  sealing_.reset();
  written_ = false;
}

void RelayBooks::not_sealed(std::string_view reason, std::uint64_t events) {
  const MutexLock lock(mutex_);
  counts_.dropped[std::string(reason)] += events;
  sealing_.reset();
  written_ = false;
}

void RelayBooks::refused(std::uint64_t events) {
  const MutexLock lock(mutex_);
  refused_in_files_ += events;
}

void RelayBooks::settle(const Outbox& outbox, std::optional<std::string_view> reason) {
  Files gone;
  {
    const MutexLock lock(mutex_);
    gone = files_;
  }
  if (gone.empty()) return;
  // Listed after the files were: none of them can be still to come.
  const auto pending = outbox.pending();
  if (!pending.ok()) return;
  for (const auto& file : *pending) gone.erase(file.id);
  if (gone.empty()) return;
  // A file is counted as lost before it goes, so this number is high enough.
  const auto lost = outbox.lost().value_or(0);
  const auto fates = fates_of(gone, outbox);
  const MutexLock lock(mutex_);
  // An off dropped all, and counts anew.
  if (lost < lost_files_) lost_files_ = 0;
  for (const auto& [id, events] : gone) {
    if (!files_.contains(id)) continue;  // another thread settled it
    const auto fate = fates.find(id);
    if (fate != fates.end() && fate->second == Whereabouts::kSent) {
      const auto not_taken = std::min(refused_in_files_, events);
      refused_in_files_ -= not_taken;
      counts_.refused += not_taken;
      counts_.forwarded += events - not_taken;
    } else if (fate != fates.end()) {
      counts_.refused += events;
    } else if (lost > lost_files_) {
      ++lost_files_;
      counts_.lost += events;
    } else if (reason) {
      counts_.dropped[std::string(*reason)] += events;
    } else {
      continue;
    }
    files_.erase(id);
    written_ = false;
  }
}

Status RelayBooks::write() {
  const MutexLock one(file_mutex_);
  Json json;
  {
    const MutexLock lock(mutex_);
    if (written_) return Ok{};
    written_ = true;
    json = {{"format", 1},
            {"listen", counts_.listen},
            {"since", format_rfc3339(*counts_.since)},
            {"received", counts_.received},
            {"dropped", counts_.dropped},
            {"left_out", counts_.left_out},
            {"forwarded", counts_.forwarded},
            {"refused", counts_.refused},
            {"lost", counts_.lost},
            {"files", files_},
            {"sealing", sealing_ ? Files{*sealing_} : Files()},
            {"lost_files", lost_files_}};
  }
  auto written = relay_.make();
  if (written.ok()) written = relay_.write(kFile, to_pretty(json));
  if (written.ok()) return Ok{};
  const MutexLock lock(mutex_);
  written_ = false;
  return written;
}

}  // namespace candor
