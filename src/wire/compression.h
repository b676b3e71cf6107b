// Content codings of request bodies: gzip, deflate (zlib) and zstd, with a bound on what comes out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace candor {

// Undoes one Content-Encoding ("", "identity", "gzip", "deflate", "zstd"). kBadData when the bytes
// are damaged or cut short, or when more than `max_bytes` come out; kUsage when the coding is
// unknown.
Result<std::string> decode_content(std::string_view coding, std::string body,
                                   std::uint64_t max_bytes);

std::string gzip(std::string_view bytes);
std::string zstd(std::string_view bytes);

}  // namespace candor
