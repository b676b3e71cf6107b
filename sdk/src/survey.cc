// Whether a question is asked now, and that it was.
#include "candor/survey.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <string_view>

#include "asked.h"
#include "files.h"
#include "library/limits.h"
#include "telemetry.h"

namespace candor::sdk {
namespace {

constexpr const char* kAskedFile = "/asked";
// Of a whole book of the longest names.
constexpr std::size_t kMostBytes =
    64 + library::kMaxAskedEntries * (32 + library::kMaxVersionBytes + 256);

// Of the folder, as long as it lives; nobody waits for it. -1: another process has it.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        is_held_(fd_ >= 0 && flock(fd_, LOCK_EX | LOCK_NB) == 0) {}
  // Unlocked by word: a child that was forked meanwhile has the descriptor, too.
  ~FolderLock() {
    if (is_held_) flock(fd_, LOCK_UN);
    if (fd_ >= 0) close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool is_held() const { return is_held_; }

 private:
  const int fd_;
  const bool is_held_;
};

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= library::kMaxVersionBytes &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c != 0x7f; });
}

bool write_whole(const std::string& folder, const std::string& text) {
  const auto file = folder + kAskedFile, draft = file + ".new";
  if (!may_grow_to(text.size())) return false;
  // What lies there is a killed program's, or somebody's who would have this one wait.
  unlink(draft.c_str());
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return false;
  give_to_owner_of(folder, fd);
  // On the disk before it takes the other's place, or a question might be asked again.
  const bool is_whole = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                        fdatasync(fd) == 0;
  close(fd);
  return is_whole && rename(draft.c_str(), file.c_str()) == 0;
}

// From 0 up to 1; 1, which no share is above, without any.
double draw() {
  std::uint32_t number = 0;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number) return 1;
  return number / 4294967296.0;
}

bool should_ask(const std::string& folder, const library::Declared& survey,
                std::string_view version) {
  const FolderLock lock(folder);
  if (!lock.is_held()) return false;
  const auto file = folder + kAskedFile;
  struct stat found {};
  const bool is_there = stat(file.c_str(), &found) == 0;
  if (!is_there && errno != ENOENT) return false;
  const auto text = read_small_file(file, kMostBytes);
  // One that cannot be read may have said that this was asked.
  auto book = is_there && text.empty() ? std::nullopt : AskedBook::read(text);
  if (!book) return false;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const bool asked = book->is_asked_now(survey.name, version, {survey.after, survey.share},
                                        std::int64_t{now.tv_sec} * 1000, draw());
  const auto after = book->text();
  if (after == text) return asked;
  return write_whole(folder, after) && asked;
}

}  // namespace

bool Telemetry::should_ask(std::uint32_t number, std::string_view version) {
  if (is_automation_ || !is_version(version)) return false;
  return sdk::should_ask(folder_, *declarations_.find(number), version);
}

const char* Telemetry::question(std::uint32_t number) const {
  return number < questions_.size() ? questions_[number].c_str() : "";
}

}  // namespace candor::sdk
