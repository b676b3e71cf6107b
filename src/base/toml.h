// TOML files read by people who write them: every error names file, line and column, and a key that
// nobody asked for is an error with the nearest key that is known.
//
// Reading never fails half way: the first error is remembered and values read after it are
// defaults, so that code which reads a table is a plain list of keys. TomlFile::finish() says what
// went wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace candor {

struct TomlPlace {
  std::uint32_t line = 0;  // from 1
  std::uint32_t column = 0;
};

class TomlFile;

// One table of a TomlFile; a view, valid while the file lives. Asking for a key makes it known.
class TomlTable {
 public:
  std::string required_text(std::string_view key);
  std::string text(std::string_view key, std::string_view fallback = "");
  bool boolean(std::string_view key, bool fallback);
  std::optional<std::int64_t> integer(std::string_view key);
  std::optional<double> number(std::string_view key);  // whole numbers too
  // One string, or an array of strings; empty when absent.
  std::vector<std::string> texts(std::string_view key);
  // Any value as JSON, with tables as objects; null when absent. Dates are texts.
  Json value(std::string_view key);
  // A table; when absent, an empty one whose keys are all absent.
  TomlTable table(std::string_view key);
  // An array of tables; empty when absent.
  std::vector<TomlTable> tables(std::string_view key);

  bool has(std::string_view key) const;
  // Every key of the table, in the order of their names; does not make them known.
  std::vector<std::string> keys() const;
  TomlPlace place() const;                      // of the table
  TomlPlace place(std::string_view key) const;  // of a value; the table's when absent
  // Remembers an error at the value of `key` (or at the table, when absent).
  void reject(std::string_view key, std::string_view message);
  // One of `allowed`, by name; remembers an error that lists them otherwise and gives 0.
  std::size_t choice(std::string_view key, const std::vector<std::string>& allowed,
                     std::size_t fallback);

 private:
  friend class TomlFile;
  struct State;
  struct Table;
  TomlTable(State* state, Table* table) : state_(state), table_(table) {}
  State* state_;
  Table* table_;
};

class TomlFile {
 public:
  // `name` is the file's name in messages. kConfiguration when the text is no TOML.
  static Result<TomlFile> parse(std::string_view text, std::string name);
  TomlFile(TomlFile&&) noexcept;
  TomlFile& operator=(TomlFile&&) noexcept;
  ~TomlFile();

  TomlTable root();
  // The first error of all that was read, or else the first key that nobody asked for.
  Status finish();
  // "name:line:column: message", kind kConfiguration.
  Error error_at(TomlPlace place, std::string_view message) const;

 private:
  explicit TomlFile(std::unique_ptr<TomlTable::State> state);
  std::unique_ptr<TomlTable::State> state_;
};

}  // namespace candor
