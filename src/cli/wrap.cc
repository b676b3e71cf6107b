#include "cli/wrap.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace candor {
namespace {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent,
                    std::size_t used) {
  std::string result;
  auto column = used;
  bool begins = true;  // no word stands in this line yet
  const auto new_line = [&] {
    result += '\n' + std::string(indent, ' ');
    column = indent;
    begins = true;
  };
  while (!text.empty()) {
    if (text.front() == '\n') {
      text.remove_prefix(1);
      // A final end of line is no line of its own.
      if (text.empty()) return result + '\n';
      new_line();
      continue;
    }
    const auto gap = std::min(text.find_first_not_of(' '), text.size());
    const auto end = std::min(text.find_first_of(" \n", gap), text.size());
    const auto piece = width_of(text.substr(0, end));
    if (width > 0 && !begins && column + piece > width) {
      new_line();
      text.remove_prefix(gap);
      continue;
    }
    result += text.substr(0, end);
    column += piece;
    begins = begins && end == gap;
    text.remove_prefix(end);
  }
  return result;
}

std::size_t terminal_width(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace candor
