// SipHash-2-4: 64 bits of a text, the same on every machine and for ever. Not secret without a key.
#pragma once

#include <cstdint>
#include <string_view>

namespace candor {

// With the key of zeros as ClickHouse's sipHash64().
std::uint64_t sip_hash(std::string_view text, std::uint64_t key_low = 0,
                       std::uint64_t key_high = 0);

}  // namespace candor
