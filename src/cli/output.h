// Standard output is data, standard error is talk.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace candor {

// Not thread-safe.
class Output {
 public:
  Output(std::FILE* data, std::FILE* talk) : data_(data), talk_(talk) {}

  void print(std::string_view text);   // data, as it is
  void say(std::string_view text);     // talk, a line; not with --quiet
  void detail(std::string_view text);  // talk, a line; only with --verbose
  void warn(std::string_view text);    // "candor: …", also with --quiet
  void ask(std::string_view text);     // as it is, also with --quiet: an answer is waited for
  void fail(std::string_view text);    // "candor: …", the reason of a failure

  enum class Paint { kGood, kCareful, kBad, kStrong };
  // The text in a colour, when `print` goes to a terminal that shows colours.
  std::string paint(Paint paint, std::string_view text) const;

  void set_quiet() { quiet_ = true; }
  void set_verbose() { verbose_ = true; }
  void set_color(bool data, bool talk) {
    color_data_ = data;
    color_talk_ = talk;
  }
  // Whether all that was printed arrived.
  bool flush();
  // Whether it did not because nobody reads any more: `candor show | head`.
  bool reader_left() const { return reader_left_; }

 private:
  void line(std::string_view prefix_code, std::string_view prefix, std::string_view text);
  std::FILE* data_;
  std::FILE* talk_;
  bool quiet_ = false;
  bool verbose_ = false;
  bool color_data_ = false;
  bool color_talk_ = false;
  bool reader_left_ = false;
};

}  // namespace candor
