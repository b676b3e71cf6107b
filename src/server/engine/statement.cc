#include "server/engine/statement.h"

#include <strings.h>

#include <algorithm>
#include <optional>

namespace candor {
namespace {

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

// Walks over the words that stand outside strings, comments and parentheses.
class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  std::optional<std::string_view> next() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_word_char(c)) {
        const std::size_t start = at_;
        while (at_ < text_.size() && is_word_char(text_[at_])) ++at_;
        if (depth_ == 0) return text_.substr(start, at_ - start);
      } else if (c == '\'' || c == '"' || c == '`') {
        skip_quoted(c);
      } else if (text_.substr(at_).starts_with("--") || c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_).starts_with("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == text_.npos ? text_.size() : end + 2;
      } else {
        if (c == '(') ++depth_;
        if (c == ')' && depth_ > 0) --depth_;
        ++at_;
      }
    }
    return std::nullopt;
  }

  std::size_t position() const { return at_; }  // after the last word

 private:
  void skip_quoted(char quote) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == quote) {
        ++at_;
        return;
      }
    }
    at_ = text_.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::string_view rows_after(std::string_view text, std::size_t at) {
  std::string_view rest = text.substr(at);
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  if (rest.starts_with('\r')) rest.remove_prefix(1);
  if (rest.starts_with('\n')) rest.remove_prefix(1);
  return rest;
}

Statement read_insert(std::string_view text, Words words) {
  while (const auto word = words.next()) {
    const std::size_t start = words.position() - word->size();
    if (is_word(*word, "SELECT") || is_word(*word, "WITH") || is_word(*word, "WATCH") ||
        is_word(*word, "INFILE"))
      break;
    if (is_word(*word, "VALUES"))
      return {StatementKind::kInsert, text.substr(0, start), "Values",
              rows_after(text, words.position())};
    if (is_word(*word, "FORMAT")) {
      const auto format = words.next();
      if (!format) break;
      return {StatementKind::kInsert, text.substr(0, start), *format,
              rows_after(text, words.position())};
    }
  }
  return {StatementKind::kQuery, text, {}, {}};
}

}  // namespace

Statement read_statement(std::string_view text) {
  Words words(text);
  const auto first = words.next();
  if (!first) return {StatementKind::kQuery, text, {}, {}};
  if (is_word(*first, "INSERT")) return read_insert(text, words);
  Statement statement{StatementKind::kQuery, text, {}, {}};
  if (is_word(*first, "USE") || is_word(*first, "SET")) statement.kind = StatementKind::kSession;
  while (const auto word = words.next()) {
    if (!is_word(*word, "FORMAT")) continue;
    if (const auto format = words.next()) statement.format = *format;
  }
  return statement;
}

std::string sql_quote(std::string_view bytes) {
  std::string out = "'";
  for (const char c : bytes) {
    switch (c) {
      case '\'':
        out += "\\'";
        break;
      case '\\':
        out += "\\\\";
        break;
      // A zero byte would end the statement inside the library.
      case '\0':
        out += "\\0";
        break;
      default:
        out += c;
    }
  }
  out += '\'';
  return out;
}

std::string sql_name(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`' || c == '\\') out += '\\';
    if (c == '\0') {
      out += "\\0";
    } else {
      out += c;
    }
  }
  out += '`';
  return out;
}

}  // namespace candor
