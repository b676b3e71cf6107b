#include "file_digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "library/limits.h"

namespace candor::sdk {
namespace {

using library::DeclaredClass;

constexpr std::uint32_t kUnkeyed = 1, kKeyedToo = 2;

// The host's errno stays as it was.
class OpenFile {
 public:
  explicit OpenFile(const char* path)
      : errno_(errno), fd_(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
    errno = errno_;
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_readable() const {
    struct stat found {};
    return fd_ >= 0 && fstat(fd_, &found) == 0 && S_ISREG(found.st_mode) &&
           static_cast<std::size_t>(found.st_size) <= library::kMaxDigestedFileBytes;
  }
  // 0: the end; -1: it cannot be read.
  ssize_t read_some(std::span<std::uint8_t> into) const {
    ssize_t count = 0;
    do {
      count = read(fd_, into.data(), into.size());
    } while (count < 0 && errno == EINTR);
    return count;
  }

 private:
  const int errno_;
  const int fd_;
};

std::span<const std::uint8_t> bytes_of(const candor_file_digest& digest, DeclaredClass privacy) {
  if (privacy == DeclaredClass::kMd5) return digest.md5;
  return privacy == DeclaredClass::kSha256 ? std::span(digest.sha256) : std::span(digest.keyed);
}

}  // namespace

candor_result digest_file(const char* path, const Keyed* key, candor_file_digest& digest) {
  const OpenFile file(path);
  if (!file.is_readable()) return CANDOR_UNREADABLE;
  MD5_CTX md5;
  SHA2_CTX sha256, keyed{};
  MD5Init(&md5);
  SHA256Init(&sha256);
  if (key != nullptr) keyed = key->begin();
  std::array<std::uint8_t, 4096> piece;
  std::size_t bytes = 0;
  ssize_t count = 0;
  while ((count = file.read_some(piece)) > 0) {
    const auto length = static_cast<std::size_t>(count);
    bytes += length;
    // It grew since it was looked at.
    if (bytes > library::kMaxDigestedFileBytes) return CANDOR_UNREADABLE;
    MD5Update(&md5, piece.data(), length);
    SHA256Update(&sha256, piece.data(), length);
    if (key != nullptr) SHA256Update(&keyed, piece.data(), length);
  }
  if (count < 0) return CANDOR_UNREADABLE;
  MD5Final(digest.md5, &md5);
  SHA256Final(digest.sha256, &sha256);
  if (key != nullptr) key->end(keyed, digest.keyed);
  digest.known = kUnkeyed | (key != nullptr ? kKeyedToo : 0);
  return CANDOR_OK;
}

bool has_digest(const candor_file_digest& digest, DeclaredClass privacy) {
  return (digest.known & (privacy == DeclaredClass::kKeyed ? kKeyedToo : kUnkeyed)) != 0;
}

void write_digest(const candor_file_digest& digest, DeclaredClass privacy, char* digits) {
  write_hex(bytes_of(digest, privacy), digits);
}

}  // namespace candor::sdk
