#include "symbols/elf_symbols.h"

#include <cxxabi.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gelf.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "symbols/limits.h"

namespace candor {
namespace {

using OpenElf = std::unique_ptr<Elf, decltype(&elf_end)>;
using OpenDwarf = std::unique_ptr<Dwarf, decltype(&dwarf_end)>;

Error bad(const Path& file, std::string_view why) {
  return Error{ErrorKind::kBadData, fmt::format("{} {}", file.string(), why)};
}

Error too_many(const Path& file, std::string_view what, std::size_t most) {
  return Error{ErrorKind::kBadData,
               fmt::format("{} has more than {} {}.", file.string(), most, what)};
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  std::string text = status == 0 && readable ? readable.get() : name;
  // " [clone .cold]": the compiler's, and another one each time.
  if (const auto clone = text.find(" [clone "); clone != text.npos) text.resize(clone);
  return text;
}

std::string build_id_of(Elf* elf) {
  const void* bytes = nullptr;
  const auto length = dwelf_elf_gnu_build_id(elf, &bytes);
  std::string digits;
  for (ssize_t i = 0; i < length && i < 32; ++i)
    digits += fmt::format("{:02x}", static_cast<const unsigned char*>(bytes)[i]);
  return digits;
}

// Local names after global ones: of several for one place the first is taken.
struct Found {
  std::uint64_t begin;
  std::uint64_t bytes;
  int rank;
  const char* name;
};

Elf_Scn* symbol_section(Elf* elf, GElf_Shdr& header) {
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    if (gelf_getshdr(section, &header) != nullptr && header.sh_type == SHT_SYMTAB) return section;
  }
  return nullptr;
}

std::vector<Found> functions_in(Elf* elf) {
  std::vector<Found> found;
  GElf_Shdr header;
  Elf_Scn* const section = symbol_section(elf, header);
  Elf_Data* const data = section != nullptr ? elf_getdata(section, nullptr) : nullptr;
  if (data == nullptr || header.sh_entsize == 0) return found;
  const auto count = std::min<std::uint64_t>(header.sh_size / header.sh_entsize, INT32_MAX);
  for (int i = 0; i < static_cast<int>(count); ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, i, &symbol) == nullptr) break;
    const int type = GELF_ST_TYPE(symbol.st_info);
    if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF) continue;
    const char* const name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name == nullptr || *name == '\0' || found.size() > kMaxSymbolFunctions) continue;
    found.push_back(
        {symbol.st_value, symbol.st_size, GELF_ST_BIND(symbol.st_info) == STB_LOCAL ? 1 : 0, name});
  }
  std::ranges::stable_sort(
      found, {}, [](const Found& one) { return std::tuple(one.begin, one.rank, ~one.bytes); });
  return found;
}

Status add_functions(const Path& file, Elf* elf, Symbols& symbols) {
  const auto found = functions_in(elf);
  if (found.size() > kMaxSymbolFunctions) return too_many(file, "functions", kMaxSymbolFunctions);
  for (const auto& one : found) {
    if (!symbols.functions.empty() && symbols.functions.back().begin == one.begin) continue;
    const auto bytes = std::min<std::uint64_t>(one.bytes, UINT32_MAX);
    symbols.functions.push_back(
        {one.begin, static_cast<std::uint32_t>(bytes), demangled(one.name)});
  }
  return Ok{};
}

// The rows of all line tables.
class Lines {
 public:
  explicit Lines(Symbols& symbols) : symbols_(symbols) {}

  // False when there are too many.
  bool add(Dwarf_Lines* lines, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      Dwarf_Line* const line = dwarf_onesrcline(lines, i);
      Dwarf_Addr address = 0;
      if (line == nullptr || dwarf_lineaddr(line, &address) != 0) continue;
      const auto row = row_of(line, address);
      if (!row) return false;
      symbols_.lines.push_back(*row);
      if (symbols_.lines.size() > 4 * kMaxSymbolLines) return false;
    }
    return true;
  }

  // In order, and only where something changes.
  bool finish() {
    auto& rows = symbols_.lines;
    // What begins where something ends comes after the end.
    std::ranges::stable_sort(rows, {}, [](const SymbolLine& row) {
      return std::pair(row.begin, row.file != kNoSymbolLine);
    });
    std::vector<SymbolLine> kept;
    for (const auto& row : rows) {
      if (!kept.empty() && kept.back().begin == row.begin) kept.pop_back();
      const bool is_same =
          !kept.empty() && kept.back().file == row.file && kept.back().line == row.line;
      if (!is_same) kept.push_back(row);
    }
    rows = std::move(kept);
    return rows.size() <= kMaxSymbolLines;
  }

 private:
  std::optional<SymbolLine> row_of(Dwarf_Line* line, Dwarf_Addr address) {
    SymbolLine row{address, kNoSymbolLine, 0};
    bool is_end = false;
    int number = 0;
    const char* const source = dwarf_linesrc(line, nullptr, nullptr);
    if (dwarf_lineendsequence(line, &is_end) == 0 && is_end) return row;
    if (source == nullptr || dwarf_lineno(line, &number) != 0 || number <= 0) return row;
    const auto [known, is_new] =
        files_.emplace(source, static_cast<std::uint32_t>(symbols_.files.size()));
    if (is_new) symbols_.files.emplace_back(source);
    if (symbols_.files.size() > kMaxSymbolFiles) return std::nullopt;
    row.file = known->second;
    row.line = static_cast<std::uint32_t>(number);
    return row;
  }

  Symbols& symbols_;
  std::unordered_map<std::string, std::uint32_t> files_;
};

Status add_lines(const Path& file, Elf* elf, Symbols& symbols) {
  const OpenDwarf dwarf(dwarf_begin_elf(elf, DWARF_C_READ, nullptr), &dwarf_end);
  if (!dwarf) return Ok{};  // has none
  Lines lines(symbols);
  bool are_few = true;
  Dwarf_Off offset = 0, next = 0;
  Dwarf_CU* unit = nullptr;
  Dwarf_Files* files = nullptr;
  Dwarf_Lines* rows = nullptr;
  std::size_t file_count = 0, count = 0;
  // A table that cannot be read ends it; what was read before counts.
  while (are_few && dwarf_next_lines(dwarf.get(), offset, &next, &unit, &files, &file_count, &rows,
                                     &count) == 0) {
    are_few = lines.add(rows, count);
    offset = next;
  }
  if (!lines.finish() || !are_few) return too_many(file, "lines or source files", kMaxSymbolLines);
  return Ok{};
}

}  // namespace

Result<Symbols> read_elf_symbols(const Path& file) {
  const FileDescriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (in.get() < 0) return system_error("read", file);
  struct stat status {};
  if (::fstat(in.get(), &status) != 0 || !S_ISREG(status.st_mode)) return bad(file, "is no file.");
  if (static_cast<std::uint64_t>(status.st_size) > kMaxSymbolSourceBytes)
    return bad(file, fmt::format("is larger than {} GiB.", kMaxSymbolSourceBytes >> 30));
  elf_version(EV_CURRENT);
  const OpenElf elf(elf_begin(in.get(), ELF_C_READ, nullptr), &elf_end);
  GElf_Ehdr header;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || gelf_getehdr(elf.get(), &header) == nullptr)
    return bad(file, "is no ELF file: name a program, a library, or the debug file of one.");
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
    return bad(file, "is no program and no library, but an object file or a core dump.");
  Symbols symbols;
  symbols.build_id = build_id_of(elf.get());
  symbols.module = file.filename().string();
  if (symbols.build_id.empty())
    return bad(file, "has no build-id. Link it with -Wl,--build-id, so that its crashes have one.");
  CANDOR_TRY(add_functions(file, elf.get(), symbols));
  CANDOR_TRY(add_lines(file, elf.get(), symbols));
  if (symbols.functions.empty() && symbols.lines.empty()) {
    return bad(file,
               "is stripped: it has neither a symbol table nor DWARF. Name the file as it was "
               "before `strip`, or what `objcopy --only-keep-debug` kept of it.");
  }
  return symbols;
}

}  // namespace candor
