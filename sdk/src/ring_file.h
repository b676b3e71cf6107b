// The ring of this process: its file, and who writes into which block (docs/formats/library.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "library/layout.h"
#include "library/limits.h"

namespace candor::sdk {

// Any thread but where said; none in a child of the process that made it, but ~RingFile().
class RingFile {
 public:
  // Nothing when the folder cannot be written, or its disk is full: space for what is mapped is set
  // aside, since a page that finds none ends the process.
  static std::unique_ptr<RingFile> make(const std::string& folder, std::string_view text,
                                        std::uint32_t slots, bool is_automation);
  // Lets go of file and memory. What is in the file stays.
  ~RingFile();
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;

  // A block for a thread, marked as taken; nullptr when there is none left, or no space for it.
  // One thread at a time.
  library::BlockHeader* take_block();
  // Any thread, of its own block.
  static void give_back(library::BlockHeader& block);
  // For all who have none: its slots are added to atomically, and its events need this first.
  library::BlockHeader& shared_block() { return *block(0); }
  bool take_shared() { return !shared_taken_.test_and_set(std::memory_order_acquire); }
  void give_shared_back() { shared_taken_.clear(std::memory_order_release); }

  // Of a block of any ring.
  static std::uint64_t* slots_of(library::BlockHeader& block) {
    return reinterpret_cast<std::uint64_t*>(&block + 1);
  }
  static library::BlockHeader& block_of(std::uint64_t* slots) {
    return *(reinterpret_cast<library::BlockHeader*>(slots) - 1);
  }

  // Where the next record goes in a block that nobody else writes to, and with how many bytes it
  // has room there as it is; may be none.
  struct Room {
    std::uint8_t* at;
    std::size_t bytes;
  };
  Room room(library::BlockHeader& block) const {
    const auto offset = block.written % kSize;
    const auto read = std::atomic_ref(block.read).load(std::memory_order_acquire);
    const auto free = kSize - (block.written - read), behind = kSize - offset;
    // What another process writes over `read` makes no more room than there is.
    return {events_of(block) + offset, free < behind ? free : behind};
  }
  // Room for a record of so many bytes, a multiple of 8, in a block that nobody else writes to;
  // nullptr when there is none, and that is counted.
  std::uint8_t* reserve(library::BlockHeader& block, std::size_t bytes);
  // What was written there is a record now.
  static void publish(library::BlockHeader& block, std::size_t bytes) {
    std::atomic_ref(block.written).store(block.written + bytes, std::memory_order_release);
  }
  void count_dropped();  // any thread

  // An entry for a run, marked as being written; nullptr when there is none left. Any thread.
  library::RunEntry* take_entry(std::uint32_t& number);
  library::RunEntry* entry(std::uint32_t number);  // nullptr for one that is none

 private:
  RingFile(int fd, std::uint8_t* memory, std::size_t bytes, const library::RingHeader& layout);
  static constexpr std::uint64_t kSize = library::kBlockEventBytes;  // as every ring is made
  std::uint8_t* events_of(library::BlockHeader& block) const {
    return reinterpret_cast<std::uint8_t*>(slots_of(block) + layout_.slots);
  }
  library::RingHeader& header() const { return *reinterpret_cast<library::RingHeader*>(memory_); }
  library::BlockHeader* block(std::uint32_t number) const;

  // Whether fd_ is still the ring's: a program may close what it does not know, and then it is
  // another file's.
  bool has_file() const;

  int fd_;  // its lock says that the process lives
  std::uint64_t device_ = 0, inode_ = 0;
  std::uint8_t* memory_;
  std::size_t bytes_;
  // As it was made: what another process writes over the file's own moves nothing.
  const library::RingHeader layout_;
  std::uint32_t blocks_ = 1;  // begun
  std::atomic_flag shared_taken_;
};

}  // namespace candor::sdk
