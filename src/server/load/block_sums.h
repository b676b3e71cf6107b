// Counts by texts and day, summed over a block: what thousands of records say of the same thing is
// one row of the store.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace candor {

// Not thread-safe.
class BlockSums {
 public:
  using Texts = std::array<std::string_view, 4>;  // those at the end may be left out

  void add(const Texts& texts, std::int64_t day, std::uint64_t count) {
    key_.clear();
    for (const auto text : texts) {
      const auto size = static_cast<std::uint32_t>(text.size());
      key_.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
    }
    key_.append(reinterpret_cast<const char*>(&day), sizeof day);
    const auto [known, is_new] = index_.try_emplace(key_, rows_.size());
    if (is_new) rows_.push_back({texts_in(known->first, texts), day, 0});
    // Taken back are counts as well, and wrap around.
    rows_[known->second].count += count;
  }

  // Gives each sum to `row(texts, day, count)`, in the order in which they were first added.
  // Nothing is in it afterwards.
  template <typename Row>
  void take(const Row& row) {
    for (const auto& one : rows_) row(one.texts, one.day, one.count);
    rows_.clear();
    index_.clear();
  }

 private:
  struct Sum {
    Texts texts;  // within its key
    std::int64_t day;
    std::uint64_t count;
  };

  static Texts texts_in(std::string_view key, const Texts& like) {
    Texts texts;
    std::size_t from = 0;
    for (std::size_t i = 0; i < like.size(); ++i) {
      texts[i] = key.substr(from + sizeof(std::uint32_t), like[i].size());
      from += sizeof(std::uint32_t) + like[i].size();
    }
    return texts;
  }

  std::string key_;
  std::unordered_map<std::string, std::size_t> index_;  // of rows_; a key stays where it is
  std::vector<Sum> rows_;
};

}  // namespace candor
