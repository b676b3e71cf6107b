#include "server/record/key_set.h"

#include <bit>
#include <utility>

namespace candor {
namespace {

constexpr std::size_t kFirstSlots = 1024;

}  // namespace

std::size_t KeySet::place(std::uint64_t half) const {
  auto at = home(half);
  while (slots_[at] != 0 && slots_[at] != half) at = (at + 1) & (slots_.size() - 1);
  return at;
}

bool KeySet::contains(RecordKey key) const {
  return !slots_.empty() && slots_[place(half_of(key))] != 0;
}

void KeySet::grow() {
  const auto before = std::exchange(
      slots_, std::vector<std::uint64_t>(slots_.empty() ? kFirstSlots : 2 * slots_.size()));
  shift_ = 64 - std::countr_zero(slots_.size());
  for (const auto half : before) {
    if (half != 0) slots_[place(half)] = half;
  }
}

bool KeySet::insert(RecordKey key) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  auto& slot = slots_[place(half_of(key))];
  if (slot != 0) return false;
  slot = half_of(key);
  ++size_;
  return true;
}

}  // namespace candor
