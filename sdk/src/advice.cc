#include "advice.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "files.h"

namespace candor::sdk {
namespace {

static_assert(sizeof(candor_advice{}.better) > library::kMaxAdviceNameBytes);
static_assert(sizeof(candor_advice{}.sentence) > library::kMaxAdviceSentenceBytes);

// Read, and not mapped: nobody who makes the file shorter ends the host.
class FileBytes final : public library::AdviceBytes {
 public:
  explicit FileBytes(const std::string& file) : fd_(open_regular(file, size_)) {}
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes() override {
    if (fd_ >= 0) close(fd_);
  }

  std::uint64_t size() const override { return size_; }
  std::size_t read(std::uint64_t offset, char* into, std::size_t count) const override {
    const auto got = fd_ < 0 ? -1 : pread(fd_, into, count, static_cast<off_t>(offset));
    return got < 0 ? 0 : static_cast<std::size_t>(got);
  }

 private:
  std::size_t size_ = 0;
  int fd_;
};

template <std::size_t N>
void copy(std::string_view text, char (&into)[N]) {
  *std::copy_n(text.data(), std::min(text.size(), N - 1), into) = '\0';
}

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

bool look_for_advice(const std::string& library_folder, std::string_view product,
                     const library::PluginName& plugin, candor_advice& out) {
  const FileBytes file(library_folder + "/" + library::kAdviceFile);
  library::AdviceRoom room;
  const auto found = library::find_advice(file, product, plugin, now_ms(), room);
  if (!found) return false;
  out.verdict = found->verdict == library::Verdict::kFailing ? CANDOR_FAILING : CANDOR_DEGRADED;
  copy(found->better, out.better);
  copy(found->sentence, out.sentence);
  return true;
}

}  // namespace candor::sdk
