// A set of keys that only grows, for millions of them: a table of slots, 8 bytes each, of which at
// most three quarters are taken. The lower half of a key stands for it: that one of twelve million
// others has the same half happens to one key in 10^12.
#pragma once

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
    if (!slots_.empty())
      __builtin_prefetch(&slots_[static_cast<std::size_t>(key.low) & (slots_.size() - 1)]);
  }
  // False when it was there. Now and then moves all of them into a table twice as large.
  bool insert(RecordKey key);
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return slots_.size() * sizeof(std::uint64_t); }

 private:
  // Where the key is, or the free slot where it belongs.
  std::size_t place(std::uint64_t half) const;

  std::vector<std::uint64_t> slots_;  // a power of two; 0 is a free slot
  std::size_t size_ = 0;
};

}  // namespace candor
