#include "journal/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace candor {
namespace {

class SystemFile final : public DiskFile {
 public:
  SystemFile(FileDescriptor fd, Path path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error("write", path_);
      offset += static_cast<std::uint64_t>(n);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return Ok{};
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto n = ::pread(fd_.get(), into.data() + done, into.size() - done,
                             static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error("read", path_);
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Status sync() override {
    // Not repeated on EINTR or anything else: the kernel reports a lost write once.
    if (::fdatasync(fd_.get()) != 0) return system_error("sync", path_);
    return Ok{};
  }

  Status allocate(std::uint64_t bytes) override {
    int result = 0;
    do {
      result = ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(bytes));
    } while (result != 0 && errno == EINTR);
    if (result == 0) return Ok{};
    // Some file systems cannot set space aside; there a full disk shows when writing.
    if (errno == EOPNOTSUPP || errno == ENOSYS) return truncate(bytes);
    return system_error("set space aside for", path_);
  }

  Status truncate(std::uint64_t bytes) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(bytes)) != 0) {
      return system_error("resize", path_);
    }
    return Ok{};
  }

  Result<std::uint64_t> size() override {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return system_error("look at", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  FileDescriptor fd_;
  Path path_;
};

class SystemDisk final : public Disk {
 public:
  Result<std::unique_ptr<DiskFile>> create(const Path& path) override {
    return open_with(path, O_RDWR | O_CREAT | O_TRUNC, "create");
  }

  Result<std::unique_ptr<DiskFile>> open(const Path& path) override {
    return open_with(path, O_RDWR, "open");
  }

  Status rename(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error("rename", from);
    return Ok{};
  }

  Status remove(const Path& path) override { return remove_file(path); }
  Status make_folder(const Path& path) override { return candor::make_folder(path); }
  Status sync_folder(const Path& folder) override { return candor::sync_folder(folder); }
  Result<std::vector<std::string>> list(const Path& folder) override { return list_files(folder); }

  Result<std::shared_ptr<void>> lock(const Path& path) override {
    CANDOR_ASSIGN(held, FileLock::try_lock(path));
    return std::shared_ptr<void>(std::make_shared<FileLock>(std::move(held)));
  }

 private:
  static Result<std::unique_ptr<DiskFile>> open_with(const Path& path, int flags,
                                                     std::string_view what) {
    FileDescriptor fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    if (!fd.is_open()) return system_error(what, path);
    return std::unique_ptr<DiskFile>(std::make_unique<SystemFile>(std::move(fd), path));
  }
};

}  // namespace

Disk& system_disk() {
  static SystemDisk disk;
  return disk;
}

}  // namespace candor
