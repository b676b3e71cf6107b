#include "base/crash_modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>

// Not there before glibc 2.35.
extern "C" int _dl_find_object(void*, dl_find_object*) __attribute__((weak));

namespace candor {
namespace {

void copy_name(CrashModule& module, std::string_view path) {
  const auto name = path.substr(path.rfind('/') + 1);
  copy_crash_word(module.name, sizeof module.name, name.data(), name.size());
}

void copy_build_id(CrashModule& module, const char* at, const char* end) {
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  const auto has = [&](std::size_t bytes) { return static_cast<std::size_t>(end - at) >= bytes; };
  ElfW(Nhdr) note;
  while (at < end && has(sizeof note)) {
    std::memcpy(&note, at, sizeof note);
    const auto name_bytes = padded(note.n_namesz);
    if (!has(sizeof note + name_bytes + note.n_descsz)) return;
    const char* const name = at + sizeof note;
    const char* const value = name + name_bytes;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      const auto bytes = std::min<std::size_t>(note.n_descsz, kMaxCrashWordBytes / 2);
      for (std::size_t i = 0; i < bytes; ++i) {
        module.build_id[2 * i] = "0123456789abcdef"[static_cast<unsigned char>(value[i]) >> 4];
        module.build_id[2 * i + 1] = "0123456789abcdef"[static_cast<unsigned char>(value[i]) & 15];
      }
      return;
    }
    if (!has(sizeof note + name_bytes + padded(note.n_descsz))) return;
    at = value + padded(note.n_descsz);
  }
}

void describe(CrashModule& module, std::uintptr_t bias, const ElfW(Phdr) * headers,
              std::size_t count) {
  module.bias = bias;
  module.begin = UINTPTR_MAX;
  module.end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& header = headers[i];
    const auto begin = bias + header.p_vaddr;
    if (header.p_type == PT_NOTE && module.build_id[0] == '\0') {
      const auto* const notes = reinterpret_cast<const char*>(begin);
      copy_build_id(module, notes, notes + header.p_memsz);
    }
    if (header.p_type != PT_LOAD) continue;
    module.begin = std::min<std::uintptr_t>(module.begin, begin);
    module.end = std::max<std::uintptr_t>(module.end, begin + header.p_memsz);
  }
}

// The program itself is the first, and has no name there.
void copy_name(CrashModule& module, const char* path, bool is_program) {
  char itself[kMaxCrashPathBytes];
  std::string_view name = path == nullptr ? "" : path;
  if (name.empty() && is_program) {
    const auto length = ::readlink("/proc/self/exe", itself, sizeof itself);
    if (length > 0) name = {itself, static_cast<std::size_t>(length)};
  }
  copy_name(module, name);
}

}  // namespace

void copy_crash_word(char* to, std::size_t room, const char* from, std::size_t length) {
  std::size_t n = 0;
  for (; n < length && n + 1 < room; ++n) {
    const char c = from[n];
    const bool is_plain = c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '/';
    to[n] = is_plain ? c : '_';
  }
  to[n] = '\0';
}

void CrashModules::fill() {
  count_ = 0;
  const auto add = [](dl_phdr_info* info, std::size_t, void* into) {
    auto& modules = *static_cast<CrashModules*>(into);
    if (modules.count_ == kMaxCrashModules) return 1;
    auto& module = modules.all_[modules.count_];
    module = {};
    copy_name(module, info->dlpi_name, modules.count_ == 0);
    describe(module, info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum);
    ++modules.count_;
    return 0;
  };
  ::dl_iterate_phdr(add, this);
}

const CrashModule* CrashModules::find(std::uintptr_t address) const {
  const auto* const end = all_ + count_;
  const auto* const found = std::find_if(all_, end, [&](const CrashModule& module) {
    return address >= module.begin && address < module.end;
  });
  return found == end ? nullptr : found;
}

bool CrashModules::find_later(std::uintptr_t address, CrashModule& module) {
  dl_find_object found{};
  if (_dl_find_object == nullptr ||
      _dl_find_object(reinterpret_cast<void*>(address), &found) != 0 ||  // NOLINT
      found.dlfo_link_map == nullptr)
    return false;
  module = {};
  copy_name(module, found.dlfo_link_map->l_name, false);
  const auto* const start = static_cast<const char*>(found.dlfo_map_start);
  const auto* const end = static_cast<const char*>(found.dlfo_map_end);
  ElfW(Ehdr) header;
  std::memcpy(&header, start, sizeof header);
  const auto size = static_cast<std::size_t>(end - start);
  const bool has_headers = std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
                           header.e_phentsize == sizeof(ElfW(Phdr)) && header.e_phoff < size &&
                           (size - header.e_phoff) / sizeof(ElfW(Phdr)) >= header.e_phnum;
  if (!has_headers) return false;
  describe(module, found.dlfo_link_map->l_addr,
           reinterpret_cast<const ElfW(Phdr)*>(start + header.e_phoff), header.e_phnum);
  return address >= module.begin && address < module.end;
}

}  // namespace candor
