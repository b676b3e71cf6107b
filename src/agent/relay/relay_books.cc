#include "agent/relay/relay_books.h"

#include <algorithm>
#include <numeric>
#include <set>

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

std::uint64_t count_in(const Json& json, std::string_view name) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(integer_member(json, name), 0));
}

}  // namespace

std::uint64_t RelayCounts::dropped_count() const {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& row) { return sum + row.second; });
}

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
  counts.received = count_in(*json, "received");
  counts.dropped = counts_in(*json, "dropped");
  counts.left_out = counts_in(*json, "left_out");
  counts.forwarded = count_in(*json, "forwarded");
  counts.refused = count_in(*json, "refused");
  counts.lost = count_in(*json, "lost");
  return counts;
}

RelayBooks::RelayBooks(const StateFolder& relay, Instant now) : relay_(relay) {
  const MutexLock lock(mutex_);
  counts_ = read_relay_counts(relay).value_or(RelayCounts());
  if (!counts_.since) counts_.since = now;
  counts_.listen.clear();  // a killed agent left it
  const Outbox outbox(relay, kEventFileLimits);
  const auto pending = outbox.pending();
  if (!pending.ok()) return;
  std::uint64_t in_files = 0;
  for (const auto& file : *pending) {
    const auto bytes = outbox.read(file.id);
    const auto events = bytes.ok() ? count_events(*bytes) : 0;
    files_[file.id] = events;
    in_files += events;
  }
  // What an earlier run had in memory when it was killed is lost; what it had sealed is not.
  const auto waited = counts_.waiting();
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

void RelayBooks::sealed(const std::string& id, std::uint64_t events) {
  const MutexLock lock(mutex_);
  files_[id] = events;
  written_ = false;
}

void RelayBooks::refused(std::uint64_t events) {
  const MutexLock lock(mutex_);
  refused_in_files_ += events;
}

void RelayBooks::settle(const Outbox& outbox, bool is_on) {
  const auto pending = outbox.pending();
  if (!pending.ok()) return;
  std::set<std::string_view> still;
  for (const auto& file : *pending) still.insert(file.id);
  const MutexLock lock(mutex_);
  for (auto file = files_.begin(); file != files_.end();) {
    if (still.contains(file->first)) {
      ++file;
      continue;
    }
    const auto where = outbox.find(file->first);
    const auto events = file->second;
    if (where == Whereabouts::kSent) {
      const auto not_taken = std::min(refused_in_files_, events);
      refused_in_files_ -= not_taken;
      counts_.refused += not_taken;
      counts_.forwarded += events - not_taken;
    } else if (where == Whereabouts::kRefused) {
      counts_.refused += events;
    } else if (is_on) {
      counts_.lost += events;
    } else {
      counts_.dropped["off"] += events;
    }
    file = files_.erase(file);
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
            {"lost", counts_.lost}};
  }
  CANDOR_TRY(relay_.make());
  return relay_.write(kFile, to_pretty(json));
}

}  // namespace candor
