// Which program or library an address of this process is in. Needs nothing but the C library: it is
// in every program that embeds libcandor.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace candor {

struct CrashModule {
  std::uintptr_t bias = 0;   // what is added to the file's own addresses
  std::uintptr_t begin = 0;  // of what is mapped
  std::uintptr_t end = 0;
  char name[kMaxCrashWordBytes + 1] = "";  // without folders
  char build_id[kMaxCrashWordBytes + 1] = "";
};

// Those that are loaded when it is filled. Its memory is its own.
class CrashModules {
 public:
  // Takes the loader's lock: not in a signal handler. Beyond kMaxCrashModules the rest is left out.
  void fill();
  // Safe in a signal handler, as is the next one. nullptr: in none that was loaded then.
  const CrashModule* find(std::uintptr_t address) const;
  // One that was loaded since, where the loader can be asked without a lock (glibc 2.35 and newer).
  // Reads what is mapped at the address.
  static bool find_later(std::uintptr_t address, CrashModule& module);

 private:
  CrashModule all_[kMaxCrashModules];
  std::size_t count_ = 0;
};

// A copy, cut to the room, that stands in a JSON string as it is.
void copy_crash_word(char* to, std::size_t room, const char* from, std::size_t length);

}  // namespace candor
