#include "symbols/symbol_table.h"

#include <fmt/format.h>

#include <cstring>
#include <unordered_map>

#include "base/digest.h"
#include "journal/crc32c.h"
#include "symbols/limits.h"

namespace candor {
namespace {

constexpr std::string_view kMagic = "CANDORSY";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 48;
constexpr std::size_t kCheckedFrom = 16;
constexpr std::size_t kFunctionBytes = 24;
constexpr std::size_t kFileBytes = 8;
constexpr std::size_t kLineBytes = 16;
constexpr std::size_t kBuildIdDigits = 64;

template <typename Number>
void put(std::string& into, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  into.append(bytes, sizeof bytes);
}

// Texts one after the other, equal ones once.
class Texts {
 public:
  // Adds where it is and how long.
  void put_place(std::string& into, std::string_view text) {
    text = text.substr(0, kMaxSymbolNameBytes);
    const auto [known, is_new] =
        places_.emplace(std::string(text), static_cast<std::uint32_t>(all_.size()));
    if (is_new) all_ += text;
    put(into, known->second);
    put(into, static_cast<std::uint32_t>(text.size()));
  }
  const std::string& all() const { return all_; }

 private:
  std::string all_;
  std::unordered_map<std::string, std::uint32_t> places_;
};

Error no_table(std::string_view why) {
  return Error{ErrorKind::kBadData,
               fmt::format("This is no symbol table: {}. `candor symbols add` makes them.", why)};
}

}  // namespace

std::string make_symbol_table(const Symbols& symbols) {
  Texts texts;
  std::string body;
  texts.put_place(body, symbols.build_id);
  texts.put_place(body, symbols.module);
  for (const auto& function : symbols.functions) {
    put(body, function.begin);
    put(body, function.bytes);
    put(body, std::uint32_t{0});
    texts.put_place(body, function.name);
  }
  for (const auto& file : symbols.files) texts.put_place(body, file);
  for (const auto& line : symbols.lines) {
    put(body, line.begin);
    put(body, line.file);
    put(body, line.line);
  }
  std::string checked;
  put(checked, static_cast<std::uint32_t>(symbols.functions.size()));
  put(checked, static_cast<std::uint32_t>(symbols.files.size()));
  put(checked, static_cast<std::uint32_t>(symbols.lines.size()));
  put(checked, static_cast<std::uint32_t>(texts.all().size()));
  checked += body;
  checked += texts.all();
  std::string table(kMagic);
  put(table, kVersion);
  put(table, crc32c(checked));
  return table + checked;
}

Result<SymbolTable> SymbolTable::read(std::string bytes) {
  SymbolTable table;
  table.bytes_ = std::move(bytes);
  if (table.bytes_.size() < kHeaderBytes || !table.bytes_.starts_with(kMagic))
    return no_table("it does not begin like one");
  if (table.number(8) != kVersion)
    return no_table(fmt::format("it has version {}, and this program reads 1", table.number(8)));
  table.functions_ = table.number(16);
  table.files_ = table.number(20);
  table.lines_ = table.number(24);
  table.text_bytes_ = table.number(28);
  const auto expected = kHeaderBytes + kFunctionBytes * table.functions_ +
                        kFileBytes * table.files_ + kLineBytes * table.lines_ + table.text_bytes_;
  if (table.bytes_.size() != expected || expected > kMaxSymbolTableBytes)
    return no_table("it has another length than it says");
  if (crc32c(std::string_view(table.bytes_).substr(kCheckedFrom)) != table.number(12))
    return no_table("its checksum is wrong");
  if (!is_build_id(table.build_id())) return no_table("it names no build-id");
  return table;
}

std::uint32_t SymbolTable::number(std::size_t at) const {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes_.data() + at, sizeof number);
  return number;
}

std::uint64_t SymbolTable::begin(std::size_t at) const {
  std::uint64_t begin = 0;
  std::memcpy(&begin, bytes_.data() + at, sizeof begin);
  return begin;
}

std::string_view SymbolTable::text(std::size_t at) const {
  const std::size_t from = number(at), length = number(at + 4);
  if (from > text_bytes_ || length > text_bytes_ - from) return {};
  return std::string_view(bytes_).substr(bytes_.size() - text_bytes_ + from, length);
}

std::optional<std::size_t> SymbolTable::last_before(std::size_t first, std::size_t size,
                                                    std::size_t count, std::uint64_t offset) const {
  std::size_t low = 0, high = count;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (begin(first + middle * size) <= offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? std::nullopt : std::optional(first + (low - 1) * size);
}

std::optional<SymbolPlace> SymbolTable::find(std::uint64_t offset) const {
  SymbolPlace place;
  if (const auto at = last_before(kHeaderBytes, kFunctionBytes, functions_, offset)) {
    const std::uint64_t size = number(*at + 8);
    if (size == 0 || offset - begin(*at) < size) place.function = text(*at + 16);
  }
  const auto files_at = kHeaderBytes + kFunctionBytes * functions_;
  const auto lines_at = files_at + kFileBytes * files_;
  if (const auto at = last_before(lines_at, kLineBytes, lines_, offset)) {
    const std::size_t file = number(*at + 8);
    if (file < files_) {
      place.file = text(files_at + kFileBytes * file);
      place.line = number(*at + 12);
    }
  }
  if (place.function.empty() && place.file.empty()) return std::nullopt;
  return place;
}

bool is_build_id(std::string_view text) {
  return !text.empty() && text.size() <= kBuildIdDigits && is_hex(text);
}

}  // namespace candor
