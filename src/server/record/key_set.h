// A set of keys that only grows, for a few hundred thousand of them: a table of slots, 8 bytes
// each, of which at most three quarters are taken. The lower half of a key stands for it: that one
// of twelve million others has the same half happens to one key in 10^12.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/record/record.h"

namespace candor {

class KeySet {
 public:
  bool contains(RecordKey key) const;
  // Has the place looked at fetched from memory, so that the next call for it does not wait.
  void prefetch(RecordKey key) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[home(half_of(key))]);
  }
  // False when it was there. Now and then moves all of them into a table twice as large.
  bool insert(RecordKey key);
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return slots_.size() * sizeof(std::uint64_t); }

  // What stands for a key; never zero, which is a free slot: such a half stands for its neighbour.
  static std::uint64_t half_of(RecordKey key) { return key.low == 0 ? 1 : key.low; }
  // Calls `visit` with each half, the smallest first.
  template <typename Visit>
  void in_order(Visit visit) const;

 private:
  // By the uppermost bits, so that the table is in order but for what stands a few slots behind its
  // home. They have to be as good as a hash's, as any of a digest are.
  std::size_t home(std::uint64_t half) const { return static_cast<std::size_t>(half >> shift_); }
  // Where the key is, or the free slot where it belongs.
  std::size_t place(std::uint64_t half) const;
  void grow();

  std::vector<std::uint64_t> slots_;  // a power of two
  int shift_ = 0;
  std::size_t size_ = 0;
};

template <typename Visit>
void KeySet::in_order(Visit visit) const {
  if (size_ == 0) return;
  std::vector<std::uint64_t> run;  // of slots that are taken, one after the other
  const auto visit_run = [&] {
    std::ranges::sort(run);
    for (const auto half : run) visit(half);
    run.clear();
  };
  // What found no place at the end stands at the beginning.
  std::size_t at = 0;
  std::vector<std::uint64_t> last;
  for (; slots_[at] != 0; ++at) (home(slots_[at]) > at ? last : run).push_back(slots_[at]);
  visit_run();
  for (; at < slots_.size(); ++at) {
    if (slots_[at] != 0) {
      run.push_back(slots_[at]);
    } else {
      visit_run();
    }
  }
  run.insert(run.end(), last.begin(), last.end());
  visit_run();
}

}  // namespace candor
