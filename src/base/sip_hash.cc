#include "base/sip_hash.h"

#include <bit>
#include <cstring>

namespace candor {
namespace {

struct State {
  std::uint64_t a, b, c, d;

  void round() {
    a += b;
    b = std::rotl(b, 13) ^ a;
    a = std::rotl(a, 32);
    c += d;
    d = std::rotl(d, 16) ^ c;
    a += d;
    d = std::rotl(d, 21) ^ a;
    c += b;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }

  void take(std::uint64_t word) {
    d ^= word;
    round();
    round();
    a ^= word;
  }
};

}  // namespace

// Little-endian machines only, like the rest of the collector.
std::uint64_t sip_hash(std::string_view text, std::uint64_t key_low, std::uint64_t key_high) {
  State state{key_low ^ 0x736f6d6570736575, key_high ^ 0x646f72616e646f6d,
              key_low ^ 0x6c7967656e657261, key_high ^ 0x7465646279746573};
  const auto length = static_cast<std::uint64_t>(text.size());
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    state.take(word);
  }
  word = 0;
  std::memcpy(&word, text.data(), text.size());
  state.take(word | length << 56);
  state.c ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace candor
