#include "wire/snappy.h"

#include <fmt/format.h>
#include <snappy.h>

namespace candor {
namespace {

// A copy of 64 bytes takes 3, so a block never holds more than 32 times its size.
constexpr std::uint64_t kMostPerByte = 32;

}  // namespace

Result<std::string> unsnappy(std::string_view block, std::uint64_t max_bytes) {
  const Error damaged{ErrorKind::kBadData,
                      "The body is not one whole block of snappy. Send the block format, not the "
                      "framed one."};
  std::size_t length = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &length)) return damaged;
  if (length > max_bytes) {
    return Error{ErrorKind::kBadData,
                 fmt::format("The body holds more than {} bytes when unpacked.", max_bytes)};
  }
  if (length > block.size() * kMostPerByte) return damaged;
  std::string result(length, '\0');
  if (!snappy::RawUncompress(block.data(), block.size(), result.data())) return damaged;
  return result;
}

std::string snappy_block(std::string_view bytes) {
  std::string result;
  snappy::Compress(bytes.data(), bytes.size(), &result);
  return result;
}

}  // namespace candor
