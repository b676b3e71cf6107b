#include "server/protocol/elements.h"

namespace candor {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

class Walk {
 public:
  Walk(std::string_view text, std::string_view name, std::size_t most)
      : text_(text), name_(name), most_(most) {}

  std::optional<Elements> run() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        const auto text = string();
        // A key is what a colon follows; the text of a value is forgotten at the next comma.
        if (depth_ == 1) last_ = text;
      } else if (c == '[' || c == '{') {
        if (++depth_ == 2 && c == '[' && last_ == name_ && elements_begin_ == 0)
          elements_begin_ = at_ + 1;
      } else if (c == ']' || c == '}') {
        if (depth_-- == 2 && elements_begin_ != 0) return end();
      } else if (c == ',' && depth_ == 2 && elements_begin_ != 0) {
        take();
      } else if (c == ',' && depth_ == 1) {
        last_ = {};
      }
    }
    return std::nullopt;
  }

 private:
  // Steps onto the closing quote.
  std::string_view string() {
    const auto begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    return text_.substr(begin, at_ < text_.size() ? at_ - begin : std::string_view::npos);
  }

  void take() {
    if (elements_.texts.size() == most_) {
      ++elements_.beyond;
    } else {
      elements_.texts.push_back(trimmed(text_.substr(elements_begin_, at_ - elements_begin_)));
    }
    elements_begin_ = at_ + 1;
  }

  Elements end() {
    take();
    auto& texts = elements_.texts;
    if (texts.size() == 1 && texts.front().empty() && elements_.beyond == 0) texts.clear();
    return std::move(elements_);
  }

  const std::string_view text_;
  const std::string_view name_;
  const std::size_t most_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string_view last_;           // the newest text of the outermost object
  std::size_t elements_begin_ = 0;  // where the next element begins; 0: not in the list
  Elements elements_;
};

}  // namespace

std::optional<Elements> elements_of(std::string_view text, std::string_view name,
                                    std::size_t most) {
  if (!trimmed(text).starts_with('{')) return std::nullopt;
  return Walk(text, name, most).run();
}

}  // namespace candor
