// What an ELF file says of its functions and lines. In candor-symbols only: it parses what nobody
// has looked at.
#pragma once

#include "base/files.h"
#include "base/result.h"
#include "symbols/symbol_table.h"

namespace candor {

// Of a program or library with a symbol table, or of what was split from it (`strip
// --only-keep-debug`); of DWARF the lines, where it is there. kBadData with a sentence for what is
// no such file, has no build-id or is stripped, or is beyond a limit.
Result<Symbols> read_elf_symbols(const Path& file);

}  // namespace candor
