#include "server/record/key_set.h"

#include <utility>

namespace candor {
namespace {

constexpr std::size_t kFirstSlots = 1024;
// Zero is a free slot; a half that is zero stands for its neighbour.
std::uint64_t half_of(RecordKey key) { return key.low == 0 ? 1 : key.low; }

}  // namespace

std::size_t KeySet::place(std::uint64_t half) const {
  // Keys are of a digest: any of their bits are as good as a hash.
  auto at = static_cast<std::size_t>(half) & (slots_.size() - 1);
  while (slots_[at] != 0 && slots_[at] != half) at = (at + 1) & (slots_.size() - 1);
  return at;
}

bool KeySet::contains(RecordKey key) const {
  return !slots_.empty() && slots_[place(half_of(key))] != 0;
}

bool KeySet::insert(RecordKey key) {
  if ((size_ + 1) * 4 > slots_.size() * 3) {
    const auto before = std::exchange(
        slots_, std::vector<std::uint64_t>(slots_.empty() ? kFirstSlots : 2 * slots_.size()));
    for (const auto half : before) {
      if (half != 0) slots_[place(half)] = half;
    }
  }
  auto& slot = slots_[place(half_of(key))];
  if (slot != 0) return false;
  slot = half_of(key);
  ++size_;
  return true;
}

}  // namespace candor
