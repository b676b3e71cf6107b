#include "cli/output.h"

#include <fmt/format.h>

#include <cerrno>

namespace candor {
namespace {

constexpr std::string_view kReset = "\033[0m";

std::string_view code_of(Output::Paint paint) {
  switch (paint) {
    case Output::Paint::kGood:
      return "\033[32m";
    case Output::Paint::kCareful:
      return "\033[33m";
    case Output::Paint::kBad:
      return "\033[31m";
    case Output::Paint::kStrong:
      return "\033[1m";
  }
  return "";
}

void put(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

}  // namespace

void Output::print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), data_) < text.size() && errno == EPIPE)
    reader_left_ = true;
}

void Output::line(std::string_view prefix_code, std::string_view prefix, std::string_view text) {
  // What was printed before must be seen before.
  std::fflush(data_);
  std::string whole = color_talk_ && !prefix.empty()
                          ? fmt::format("{}{}{}", prefix_code, prefix, kReset)
                          : std::string(prefix);
  whole += text;
  whole += '\n';
  put(talk_, whole);
}

void Output::say(std::string_view text) {
  if (!quiet_) line("", "", text);
}

void Output::detail(std::string_view text) {
  if (verbose_) line("", "", text);
}

void Output::warn(std::string_view text) { line(code_of(Paint::kCareful), "candor: ", text); }

void Output::ask(std::string_view text) {
  std::fflush(data_);
  put(talk_, text);
  std::fflush(talk_);
}

void Output::fail(std::string_view text) { line(code_of(Paint::kBad), "candor: ", text); }

std::string Output::paint(Paint paint, std::string_view text) const {
  if (!color_data_) return std::string(text);
  return fmt::format("{}{}{}", code_of(paint), text, kReset);
}

bool Output::flush() {
  if (std::fflush(data_) != 0 && errno == EPIPE) reader_left_ = true;
  return std::ferror(data_) == 0;
}

}  // namespace candor
