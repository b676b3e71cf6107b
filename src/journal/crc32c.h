// CRC-32C (Castagnoli), the checksum of the journal's format.
#pragma once

#include <cstdint>
#include <string_view>

namespace candor {

// The checksum of the bytes that gave `before` followed by `bytes`; 0 is that of no bytes.
// Pure; safe from any thread.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same, always computed without special instructions; for machines that have none, and tests.
std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before = 0);

}  // namespace candor
