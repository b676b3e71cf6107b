#include "server/record/key_file.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace candor {
namespace {

constexpr const char* kName = "being-written";
constexpr std::size_t kKeysOfPage = 512;  // 4 KiB
using Page = std::array<std::uint64_t, kKeysOfPage>;

// 16 bits of the filter for each key, of which a key sets seven: one other key in a thousand
// passes.
constexpr std::size_t kFilterBitsOfKey = 16;
constexpr int kBitsSet = 7;
constexpr std::size_t kLineBits = 512;

// Calls `look` with word and mask of each bit that belongs to a half within its line. The uppermost
// bits of a half chose the line, so the bits are of a product that all of it goes into.
template <typename Look>
void for_each_bit(std::uint64_t half, Look look) {
  auto mixed = half * 0x9e3779b97f4a7c15;
  for (int i = 0; i < kBitsSet; ++i) {
    look(mixed >> 61, std::uint64_t{1} << (mixed >> 55 & 63));
    mixed <<= 9;
  }
}

}  // namespace

KeyFile::KeyFile(std::size_t keys)
    : size_(keys), filter_(std::max<std::size_t>(keys * kFilterBitsOfKey / kLineBits, 1)) {}

void KeyFile::add_to_filter(std::uint64_t half) {
  auto& line = filter_[line_of(half)];
  for_each_bit(half, [&](std::size_t word, std::uint64_t bit) { line.words[word] |= bit; });
}

bool KeyFile::may_contain(std::uint64_t half) const {
  const auto& line = filter_[line_of(half)];
  bool all = true;
  for_each_bit(half,
               [&](std::size_t word, std::uint64_t bit) { all &= (line.words[word] & bit) != 0; });
  return all;
}

Result<KeyFile> KeyFile::write(const Path& folder, const KeySet& keys) {
  KeyFile made(keys.size());
  const auto path = folder / kName;
  CANDOR_ASSIGN(file, system_disk().create(path));
  CANDOR_TRY(system_disk().remove(path));
  Page page;
  std::size_t in_page = 0;
  Status written = Ok{};
  const auto write_page = [&] {
    if (in_page == 0 || !written.ok()) return;
    const std::string_view bytes(reinterpret_cast<const char*>(page.data()),
                                 in_page * sizeof page[0]);
    written = file->write_at((made.first_of_page_.size() - 1) * sizeof page, bytes);
  };
  keys.in_order([&](std::uint64_t half) {
    if (in_page == 0) made.first_of_page_.push_back(half);
    page[in_page++] = half;
    made.add_to_filter(half);
    if (in_page < page.size()) return;
    write_page();
    in_page = 0;
  });
  write_page();
  CANDOR_TRY(std::move(written));
  made.file_ = std::move(file);
  return made;
}

bool KeyFile::contains(RecordKey key) const {
  const auto half = KeySet::half_of(key);
  if (!may_contain(half)) return false;
  const auto after = std::ranges::upper_bound(first_of_page_, half);
  if (after == first_of_page_.begin()) return false;
  Page page;
  const auto at = static_cast<std::size_t>(after - first_of_page_.begin() - 1) * sizeof page;
  const auto read = file_->read_at(at, {reinterpret_cast<char*>(page.data()), sizeof page});
  if (!read.ok()) return false;
  return std::ranges::binary_search(std::span(page).first(*read / sizeof page[0]), half);
}

std::size_t KeyFile::bytes() const {
  return filter_.size() * sizeof(Line) + first_of_page_.size() * sizeof(std::uint64_t);
}

}  // namespace candor
