// A set of keys that only grows, for millions of them: a table of slots, 16 bytes each, of which at
// most three quarters are taken.
#pragma once

#include <cstddef>
#include <vector>

#include "server/record/record.h"

namespace candor {

class KeySet {
 public:
  bool contains(RecordKey key) const;
  // False when it was there. Now and then moves all of them into a table twice as large.
  bool insert(RecordKey key);
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return slots_.size() * sizeof(RecordKey); }

 private:
  // Where the key is, or the free slot where it belongs.
  std::size_t place(RecordKey key) const;

  std::vector<RecordKey> slots_;  // a power of two; a key of zeros is a free slot
  std::size_t size_ = 0;
};

}  // namespace candor
