#include "wire/compression.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <memory>

namespace candor {
namespace {

constexpr std::size_t kChunk = 64 * 1024;

Error damaged(std::string_view coding) {
  return Error{ErrorKind::kBadData, fmt::format("The body is not whole {} data.", coding)};
}

Error too_large(std::uint64_t max_bytes) {
  return Error{ErrorKind::kBadData,
               fmt::format("The body holds more than {} bytes when unpacked.", max_bytes)};
}

Result<std::string> inflate_all(std::string_view coding, std::string_view body,
                                std::uint64_t max_bytes) {
  z_stream stream{};
  // 15 + 32: a zlib or a gzip header, whichever is there.
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return damaged(coding);
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string result;
  std::string chunk(kChunk, '\0');
  for (int code = Z_OK; code != Z_STREAM_END;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    code = inflate(&stream, Z_NO_FLUSH);
    const auto n = chunk.size() - stream.avail_out;
    if ((code != Z_OK && code != Z_STREAM_END) || (code == Z_OK && n == 0)) return damaged(coding);
    if (result.size() + n > max_bytes) return too_large(max_bytes);
    result.append(chunk, 0, n);
  }
  if (stream.avail_in != 0) return damaged(coding);
  return result;
}

Result<std::string> unzstd(std::string_view body, std::uint64_t max_bytes) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          ZSTD_freeDStream);
  // A frame may ask for a window of its whole size; ours never needs more than 8 MiB (2^23).
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, 23);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  std::string result;
  std::string chunk(kChunk, '\0');
  for (std::size_t more = 1; more != 0;) {
    ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
    const auto before = in.pos;
    more = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(more) || (more != 0 && out.pos == 0 && in.pos == before))
      return damaged("zstd");
    if (result.size() + out.pos > max_bytes) return too_large(max_bytes);
    result.append(chunk, 0, out.pos);
  }
  if (in.pos != in.size) return damaged("zstd");
  return result;
}

}  // namespace

Result<std::string> decode_content(std::string_view coding, std::string body,
                                   std::uint64_t max_bytes) {
  if (coding.empty() || coding == "identity") {
    if (body.size() > max_bytes) return too_large(max_bytes);
    return body;
  }
  if (coding == "gzip" || coding == "x-gzip" || coding == "deflate")
    return inflate_all(coding, body, max_bytes);
  if (coding == "zstd") return unzstd(body, max_bytes);
  return Error{ErrorKind::kUsage,
               "This Content-Encoding is not known here. Send gzip, deflate, zstd or none."};
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

std::string zstd(std::string_view bytes) {
  std::string result(ZSTD_compressBound(bytes.size()), '\0');
  result.resize(ZSTD_compress(result.data(), result.size(), bytes.data(), bytes.size(), 3));
  return result;
}

}  // namespace candor
