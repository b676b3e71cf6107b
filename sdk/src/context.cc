#include "candor/context.h"

#include <fcntl.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <span>

#include "os_release.h"

namespace candor::sdk {

std::string os_release_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with('=')) continue;
    line.remove_prefix(key.size() + 1);
    const auto quote = line.empty() ? '\0' : line.front();
    if ((quote == '"' || quote == '\'') && line.size() >= 2 && line.back() == quote)
      line = line.substr(1, line.size() - 2);
    const bool is_plain = line.find_first_of("\\\"'$`") == std::string_view::npos;
    return is_plain ? std::string(line) : "";
  }
  return "";
}

namespace {

constexpr std::size_t kMostBytes = 4096;  // of os-release, of which the first lines count

candor_context context;
pthread_once_t once = PTHREAD_ONCE_INIT;

// Letters that every field takes, and no more than there is room for.
template <std::size_t kRoom>
void put(std::string_view text, char (&into)[kRoom]) {
  const auto length = std::min(text.size(), kRoom - 1);
  std::transform(text.begin(), text.begin() + length, into,
                 [](char c) { return c >= ' ' && c <= '~' ? c : '?'; });
  into[length] = '\0';
}

std::string os_release() {
  for (const auto* file : {"/etc/os-release", "/usr/lib/os-release"}) {
    const int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) continue;
    std::string text(kMostBytes, '\0');
    const auto count = read(fd, text.data(), text.size());
    close(fd);
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }
  return "";
}

void read_context() {
  utsname system{};
  const bool is_known = uname(&system) == 0;
  const auto text = os_release();
  const auto name = os_release_value(text, "ID");
  put(name.empty() && is_known ? "linux" : name, context.os_name);
  put(os_release_value(text, "VERSION_ID"), context.os_version);
  const std::string_view release = system.release;
  put(release.substr(0, release.find_first_not_of("0123456789.")), context.kernel);
  put(system.machine, context.architecture);
  put(std::string("glibc ") + gnu_get_libc_version(), context.libc);
}

}  // namespace
}  // namespace candor::sdk

const candor_context* candor_read_context() {
  const int before = errno;
  pthread_once(&candor::sdk::once, [] {
    try {
      candor::sdk::read_context();
    } catch (const std::exception&) {  // no memory: what is empty stays so
    }
  });
  errno = before;
  return &candor::sdk::context;
}
