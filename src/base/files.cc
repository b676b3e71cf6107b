#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace candor {
namespace {

Status write_all(int fd, std::string_view bytes, const Path& path) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return Ok{};
}

// Of a path that may not be touched: whose it is, or whose the folder is in which it would be.
std::string owner_note(Path path) {
  if (::geteuid() == 0) return "";
  struct stat found {};
  while (::stat(path.c_str(), &found) != 0) {
    const auto folder = path.has_parent_path() ? path.parent_path() : Path(".");
    if (folder == path) return "";
    path = folder;
  }
  if (found.st_uid == ::geteuid())
    return fmt::format(" ({} is yours; see its mode)", path.string());
  char names[4096];
  passwd entry{};
  passwd* known = nullptr;
  ::getpwuid_r(found.st_uid, &entry, names, sizeof names, &known);
  const auto owner = known == nullptr ? fmt::format("user {}", found.st_uid) : entry.pw_name;
  return fmt::format(" ({} belongs to {}; run this with sudo, or as {})", path.string(), owner,
                     owner);
}

// Of a file that was to be made: the path asked for is named, not a temporary one.
Error creation_error(const Path& path) {
  if (errno != ENOENT) return system_error("create", path);
  const auto folder = path.has_parent_path() ? path.parent_path() : Path(".");
  return Error{ErrorKind::kCannotCreate, fmt::format("cannot create {}: there is no folder {}",
                                                     path.string(), folder.string())};
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Error system_error(std::string_view what, const Path& path) {
  const int code = errno;
  const auto kind = code == ENOENT                     ? ErrorKind::kNotFound
                    : code == ENOSPC || code == EDQUOT ? ErrorKind::kTryAgain
                                                       : ErrorKind::kCannotCreate;
  const auto note = code == EACCES || code == EPERM ? owner_note(path) : std::string();
  return Error{kind,
               fmt::format("cannot {} {}: {}{}", what, path.string(), std::strerror(code), note)};
}

Result<std::string> read_file_end(const Path& path, std::uint64_t bytes) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return system_error("open", path);
  const auto size = ::lseek(fd.get(), 0, SEEK_END);
  if (size < 0) return system_error("read", path);
  const auto from = std::max<off_t>(0, size - static_cast<off_t>(bytes));
  std::string end(static_cast<std::size_t>(size - from), '\0');
  const auto n = ::pread(fd.get(), end.data(), end.size(), from);
  if (n < 0) return system_error("read", path);
  end.resize(static_cast<std::size_t>(n));
  return end;
}

Result<std::string> read_file(const Path& path, std::uint64_t max_bytes) {
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return system_error("open", path);
  std::string bytes;
  char chunk[65536];
  for (;;) {
    const auto n = ::read(fd.get(), chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", path);
    if (n == 0) return bytes;
    bytes.append(chunk, static_cast<std::size_t>(n));
    if (bytes.size() > max_bytes) {
      return Error{ErrorKind::kBadData,
                   fmt::format("{} is larger than {} bytes", path.string(), max_bytes)};
    }
  }
}

Status write_file(const Path& path, std::string_view bytes, unsigned mode) {
  // The process id keeps two writers of one path apart; the rename decides which one is last.
  const Path temporary = path.string() + fmt::format(".{}.tmp", ::getpid());
  {
    const FileDescriptor fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (!fd.is_open()) return creation_error(path);
    auto written = write_all(fd.get(), bytes, path);
    if (written.ok() && ::fdatasync(fd.get()) != 0) written = system_error("sync", path);
    if (!written.ok()) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = system_error("replace", path);
    ::unlink(temporary.c_str());
    return error;
  }
  return sync_folder(path.has_parent_path() ? path.parent_path() : Path("."));
}

Status append_file(const Path& path, std::string_view bytes, unsigned mode) {
  const FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode));
  if (!fd.is_open()) return system_error("open", path);
  return write_all(fd.get(), bytes, path);
}

Status make_folder(const Path& path) {
  for (Path so_far; const auto& part : path) {
    so_far /= part;
    if (::mkdir(so_far.c_str(), 0700) != 0 && errno != EEXIST) {
      // A parent on a read-only file system answers EROFS although it exists.
      std::error_code ignored;
      if (!std::filesystem::is_directory(so_far, ignored)) return system_error("create", so_far);
    }
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    errno = ENOTDIR;
    return system_error("use as a folder", path);
  }
  return Ok{};
}

void adopt_owner(const Path& file, const Path& folder) {
  struct stat of {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &of) != 0 || of.st_uid == 0) return;
  // The chown of one's own new file fails only where the file system has no owners at all.
  [[maybe_unused]] const int ignored = ::lchown(file.c_str(), of.st_uid, of.st_gid);
}

Status remove_file(const Path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path);
  return Ok{};
}

Result<std::vector<std::string>> list_files(const Path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (it->is_regular_file(gone)) names.push_back(it->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    errno = error.value();
    return system_error("list", folder);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status sync_folder(const Path& folder) {
  const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return system_error("open", folder);
  if (::fsync(fd.get()) != 0) return system_error("sync", folder);
  return Ok{};
}

Result<FileLock> FileLock::take(const Path& path, int operation) {
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) {
    auto error = system_error("open", path);
    if (error.kind == ErrorKind::kTryAgain) error.kind = ErrorKind::kCannotCreate;
    return error;
  }
  while (::flock(fd.get(), operation) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) {
      return Error{ErrorKind::kTryAgain,
                   fmt::format("{} is locked: another process is using it", path.string())};
    }
    return system_error("lock", path);
  }
  return FileLock(std::move(fd));
}

Result<FileLock> FileLock::try_lock(const Path& path) { return take(path, LOCK_EX | LOCK_NB); }
Result<FileLock> FileLock::lock(const Path& path) { return take(path, LOCK_EX); }

TemporaryFolder::TemporaryFolder() {
  auto pattern = (std::filesystem::temp_directory_path() / "candor-XXXXXX").string();
  // Without a temporary folder no caller can go on; an empty path would write into the root.
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace candor
