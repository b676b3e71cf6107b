#include "server/record/key_set.h"

#include <utility>

namespace candor {
namespace {

constexpr std::size_t kFirstSlots = 1024;
constexpr RecordKey kFree{};

// No digest begins with so many zeros; were one to, it stands for its neighbour.
RecordKey stored(RecordKey key) { return key == kFree ? RecordKey{0, 1} : key; }

}  // namespace

std::size_t KeySet::place(RecordKey key) const {
  // Keys are of a digest: any of their bits are as good as a hash.
  auto at = static_cast<std::size_t>(key.low) & (slots_.size() - 1);
  while (!(slots_[at] == kFree) && !(slots_[at] == key)) at = (at + 1) & (slots_.size() - 1);
  return at;
}

bool KeySet::contains(RecordKey key) const {
  return !slots_.empty() && !(slots_[place(stored(key))] == kFree);
}

bool KeySet::insert(RecordKey key) {
  if ((size_ + 1) * 4 > slots_.size() * 3) {
    const auto before = std::exchange(
        slots_, std::vector<RecordKey>(slots_.empty() ? kFirstSlots : 2 * slots_.size()));
    for (const auto& one : before) {
      if (!(one == kFree)) slots_[place(one)] = one;
    }
  }
  auto& slot = slots_[place(stored(key))];
  if (!(slot == kFree)) return false;
  slot = stored(key);
  ++size_;
  return true;
}

}  // namespace candor
