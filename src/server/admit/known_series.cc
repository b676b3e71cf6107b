#include "server/admit/known_series.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <cstring>
#include <utility>

namespace candor {
namespace {

// About, of a slot and a verdict, beside their texts.
constexpr std::size_t kSeriesOverhead = 300;
constexpr std::size_t kFirstSlots = 64;  // of a table

// The 128 bits of a product, folded: a round of wyhash.
std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const auto product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word(const char* bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

SeriesVerdict::SeriesVerdict(std::string_view bytes, const SeriesName& name,
                             std::string_view digest)
    : id_(name.id), kept_(true) {
  texts_.reserve(bytes.size() + name.metric.size() + name.labels.size() + name.installation.size() +
                 digest.size());
  std::size_t i = 0;
  for (const auto text : {bytes, name.metric, name.labels, name.installation, digest}) {
    texts_ += text;
    ends_[i++] = texts_.size();
  }
}

KnownSeries::KnownSeries() {
  RAND_bytes(reinterpret_cast<unsigned char*>(secret_), sizeof secret_);
}

std::uint64_t KnownSeries::hash(std::uint64_t scope, std::string_view bytes) const {
  auto state = scope ^ secret_[0];
  const char* at = bytes.data();
  auto left = bytes.size();
  for (; left >= 16; left -= 16, at += 16)
    state = folded(word(at) ^ secret_[1], word(at + 8) ^ state);
  char rest[16] = {};
  if (left > 0) std::memcpy(rest, at, left);
  state = folded(word(rest) ^ secret_[1], word(rest + 8) ^ state);
  return folded(state ^ secret_[0], bytes.size() ^ secret_[1]);
}

std::size_t KnownSeries::Table::place(std::uint64_t hash, std::uint64_t scope,
                                      std::string_view bytes) const {
  const auto mask = slots_.size() - 1;
  for (auto at = static_cast<std::size_t>(hash) & mask;; at = (at + 1) & mask) {
    const auto& slot = slots_[at];
    if (!slot.verdict ||
        (slot.hash == hash && slot.scope == scope && slot.verdict->bytes() == bytes))
      return at;
  }
}

SeriesVerdictPtr KnownSeries::Table::find(std::uint64_t hash, std::uint64_t scope,
                                          std::string_view bytes) const {
  return slots_.empty() ? nullptr : slots_[place(hash, scope, bytes)].verdict;
}

bool KnownSeries::Table::insert(Slot slot) {
  if ((size_ + 1) * 4 > slots_.size() * 3) {
    auto before =
        std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kFirstSlots : 2 * slots_.size()));
    for (auto& one : before) {
      if (one.verdict) slots_[place(one.hash, one.scope, one.verdict->bytes())] = std::move(one);
    }
  }
  auto& free = slots_[place(slot.hash, slot.scope, slot.verdict->bytes())];
  if (free.verdict) return false;
  free = std::move(slot);
  ++size_;
  return true;
}

void KnownSeries::Shard::put(Slot slot) {
  const auto bytes = kSeriesOverhead + slot.verdict->size();
  if (young_bytes + bytes > kMaxKnownSeriesBytes / kShards / 2) {
    old = std::exchange(young, Table());
    young_bytes = 0;
  }
  if (young.insert(std::move(slot))) young_bytes += bytes;
}

SeriesVerdictPtr KnownSeries::find(std::uint64_t scope, std::string_view bytes) {
  const auto key = hash(scope, bytes);
  auto& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  if (auto verdict = shard.young.find(key, scope, bytes)) return verdict;
  auto verdict = shard.old.find(key, scope, bytes);
  if (verdict) shard.put({key, scope, verdict});
  return verdict;
}

void KnownSeries::add(std::uint64_t scope, SeriesVerdictPtr verdict) {
  const auto key = hash(scope, verdict->bytes());
  auto& shard = shard_of(key);
  const MutexLock lock(shard.mutex);
  shard.put({key, scope, std::move(verdict)});
}

std::shared_ptr<const Dropped> KnownSeries::row(Dropped row) {
  const auto key = fmt::format("{}\n{}\n{}", row.path, row.type, name_of(row.problem));
  const MutexLock lock(rows_mutex_);
  if (const auto known = rows_.find(key); known != rows_.end()) return known->second;
  // Those in use live on.
  if (rows_.size() >= kMaxKnownRows) rows_.clear();
  return rows_.emplace(key, std::make_shared<const Dropped>(std::move(row))).first->second;
}

}  // namespace candor
