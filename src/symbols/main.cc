// candor-symbols FILE: the symbol table of an ELF file (docs/formats/symbols.md) on standard
// output; exit 1 with a sentence where there is none. `candor symbols add` runs it, so that what
// parses ELF and DWARF is a process of its own, with bounds.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>

#include "symbols/elf_symbols.h"
#include "symbols/limits.h"

namespace candor {
namespace {

bool put(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

int run(const char* file) {
  const rlimit memory{kMaxSymbolMemoryBytes, kMaxSymbolMemoryBytes};
  ::setrlimit(RLIMIT_AS, &memory);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const auto symbols = read_elf_symbols(file);
  if (!symbols.ok()) {
    std::fprintf(stderr, "%s\n", symbols.error().message.c_str());
    return 1;
  }
  return put(make_symbol_table(*symbols)) ? 0 : 1;
}

}  // namespace
}  // namespace candor

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("candor-symbols FILE: what `candor symbols add` runs.\n", stderr);
    return 2;
  }
  try {
    return candor::run(argv[1]);
  } catch (const std::exception&) {
    std::fprintf(stderr, "%s needs more memory than there is for it.\n", argv[1]);
    return 1;
  }
}
