// The functions and lines of one build of a module (docs/formats/symbols.md). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace candor {

struct SymbolFunction {
  std::uint64_t begin = 0;
  std::uint32_t bytes = 0;  // 0: to the next one
  std::string name;
};

struct SymbolLine {
  std::uint64_t begin = 0;
  std::uint32_t file = 0;  // in Symbols::files; kNoSymbolLine
  std::uint32_t line = 0;
};
inline constexpr std::uint32_t kNoSymbolLine = 0xffffffff;

struct Symbols {
  std::string build_id;
  std::string module;
  std::vector<SymbolFunction> functions;  // ascending, each beginning once
  std::vector<std::string> files;
  std::vector<SymbolLine> lines;  // ascending
};

// Requires that all is within the limits but the lengths of names, which are cut. Equal names take
// room once.
std::string make_symbol_table(const Symbols& symbols);

struct SymbolPlace {
  std::string function;  // empty: not known
  std::string file;      // empty: not known
  std::uint32_t line = 0;
};

class SymbolTable {
 public:
  // kBadData with what is wrong.
  static Result<SymbolTable> read(std::string bytes);

  std::string_view build_id() const { return text(32); }
  std::string_view module() const { return text(40); }
  std::size_t functions() const { return functions_; }
  std::size_t lines() const { return lines_; }
  std::size_t bytes() const { return bytes_.size(); }
  // What is at an offset of the module; nothing where neither function nor line is known.
  std::optional<SymbolPlace> find(std::uint64_t offset) const;

 private:
  SymbolTable() = default;
  std::uint32_t number(std::size_t at) const;
  std::uint64_t begin(std::size_t at) const;
  // Of a text whose place stands there; empty when it does not fit.
  std::string_view text(std::size_t at) const;
  // The last of `count` entries of `size` bytes from `first` on that begins at or before `offset`.
  std::optional<std::size_t> last_before(std::size_t first, std::size_t size, std::size_t count,
                                         std::uint64_t offset) const;

  std::string bytes_;
  std::size_t functions_ = 0, files_ = 0, lines_ = 0, text_bytes_ = 0;
};

// Whether it can be a build-id, and so the name of a table's file.
bool is_build_id(std::string_view text);

}  // namespace candor
