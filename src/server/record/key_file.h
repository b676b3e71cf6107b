// A set of keys that does not change any more, on the disk: two bytes of memory a key instead of 11
// to 22.
//
// The halves that stand for the keys lie in order in a file without a name, which is gone with the
// process. In memory is a filter that says of most other keys that they are not there (a Bloom
// filter of which each key touches one line of the cache), and the first half of each page: a key
// that passes the filter costs one read of a page, mostly from the system's cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "journal/disk.h"
#include "server/record/key_set.h"

namespace candor {

// One thread at a time.
class KeyFile {
 public:
  // In that folder, which exists; for a moment with a name there, that of no day. Of a set that
  // nobody changes meanwhile. kTryAgain when the disk is full.
  static Result<KeyFile> write(const Path& folder, const KeySet& keys);

  // Of a page that cannot be read every key is new: a wrong "new" costs a figure, a wrong
  // "known" an event.
  bool contains(RecordKey key) const;
  // As KeySet's.
  void prefetch(RecordKey key) const {
    __builtin_prefetch(&filter_[line_of(KeySet::half_of(key))]);
  }
  std::size_t size() const { return size_; }
  std::size_t bytes() const;  // of memory

 private:
  // Of the processor's cache.
  struct alignas(64) Line {
    std::array<std::uint64_t, 8> words{};
  };

  explicit KeyFile(std::size_t keys);
  std::size_t line_of(std::uint64_t half) const {
    return static_cast<std::size_t>((half >> 32) * filter_.size() >> 32);
  }
  void add_to_filter(std::uint64_t half);
  bool may_contain(std::uint64_t half) const;

  std::unique_ptr<DiskFile> file_;
  std::size_t size_;
  std::vector<Line> filter_;
  std::vector<std::uint64_t> first_of_page_;
};

}  // namespace candor
