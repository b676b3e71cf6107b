// Arbitrary bytes as a symbol table: nothing crashes, and what is found in one is not more than it
// holds. The checksum is made right first, so that what is behind it is met, too.
#include <cstdint>
#include <cstring>
#include <string>

#include "journal/crc32c.h"
#include "require.h"
#include "symbols/symbol_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace candor;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size >= 16) {
    const auto sum = crc32c(std::string_view(bytes).substr(16));
    std::memcpy(bytes.data() + 12, &sum, sizeof sum);
  }
  const auto table = SymbolTable::read(bytes);
  if (!table.ok()) return 0;
  require(is_build_id(table->build_id()));
  for (const std::uint64_t offset : {0ull, 0x1000ull, 0x101full, 0x2000ull, ~0ull}) {
    const auto place = table->find(offset);
    if (place) require(place->function.size() + place->file.size() <= 2 * bytes.size());
  }
  return 0;
}
