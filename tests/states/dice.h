// What is random in a random state.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/json.h"

namespace candor {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  // From 0 to n - 1.
  int roll(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return roll(100) < percent; }

 private:
  std::mt19937_64 engine_;
};

inline std::string random_text(Dice& dice) {
  static const std::vector<std::string> kPieces = {"a", "ü",  "\"", "\\",   "\n", "漢", "🎈",
                                                   " ", "\t", "<",  "\x01", "z",  "/",  "0"};
  std::string text;
  for (int i = dice.roll(12); i > 0; --i)
    text += kPieces[static_cast<std::size_t>(dice.roll(static_cast<int>(kPieces.size())))];
  return text;
}

inline Json random_value(Dice& dice, int depth) {
  switch (dice.roll(depth > 2 ? 5 : 7)) {
    case 0:
      return dice.roll(1'000'000) - 500'000;
    case 1:
      return dice.roll(1'000'000) / 7.0;
    case 2:
      return dice.chance(50);
    case 3:
      return nullptr;
    case 4:
      return random_text(dice);
    case 5: {
      Json list = Json::array();
      for (int i = dice.roll(4); i > 0; --i) list.push_back(random_value(dice, depth + 1));
      return list;
    }
    default: {
      Json object = Json::object();
      for (int i = dice.roll(4); i > 0; --i)
        object[fmt::format("m{}", dice.roll(6))] = random_value(dice, depth + 1);
      return object;
    }
  }
}

}  // namespace candor
