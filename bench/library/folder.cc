#include "library/folder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "library/layout.h"
#include "library/switch_file.h"

namespace candor::bench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDeclared =
    "product\tbench\n"
    "contract\tc0ffee\n"
    "counter\tusage.exports\n"
    "histogram\ttimings.sync\t0.005\t0.01\t0.025\t0.05\t0.1\t0.25\t0.5\t1\t2.5\t5\t10\n"
    "event\texported\n"
    "field\tformat\tstring\tclear\t\t\t16\tcsv\tjson\tparquet\n"
    "field\trows\tinteger\tclear\t0\t1000000000\t\n"
    "field\tplugin\tstring\tclear\t\t\t64\n"
    "counter\tusage.off\n";
constexpr std::size_t kDeclarations = 7;

library::BlockHeader& block_of(std::uint8_t* memory, const library::RingHeader& ring,
                               std::uint32_t number) {
  return *reinterpret_cast<library::BlockHeader*>(memory + ring.blocks_at +
                                                  std::size_t{number} * ring.block_bytes);
}

}  // namespace

void make_state(const fs::path& folder) {
  fs::create_directories(folder / library::kFolder);
  std::vector<std::uint8_t> flags(kDeclarations, 1);
  flags.back() = 0;
  std::ofstream(folder / library::kFolder / library::kSwitchFile, std::ios::binary)
      << library::make_switch(kDeclared, flags);
}

Reader::Reader(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder / library::kFolder)) {
    if (entry.path().extension() != library::kRingSuffix) continue;
    const int fd = open(entry.path().c_str(), O_RDWR | O_CLOEXEC);
    bytes_ = fs::file_size(entry.path());
    void* const memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED) break;
    memory_ = static_cast<std::uint8_t*>(memory);
    return;
  }
  throw std::runtime_error("there is no ring: nothing was recorded");
}

Reader::~Reader() { munmap(memory_, bytes_); }

void Reader::take() {
  library::RingHeader ring;
  std::memcpy(&ring, memory_, sizeof ring);
  for (std::uint32_t number = 0; number < ring.blocks; ++number) {
    auto& block = block_of(memory_, ring, number);
    const auto written = std::atomic_ref(block.written).load(std::memory_order_acquire);
    std::atomic_ref(block.read).store(written, std::memory_order_release);
  }
}

std::uint64_t Reader::dropped() const {
  library::RingHeader ring;
  std::memcpy(&ring, memory_, sizeof ring);
  auto sum = ring.dropped;
  for (std::uint32_t number = 0; number < ring.blocks; ++number)
    sum += block_of(memory_, ring, number).dropped;
  return sum;
}

}  // namespace candor::bench
