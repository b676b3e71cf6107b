#include "library/allocations.h"

#include <cstddef>

namespace {
thread_local std::uint64_t count = 0;
}

// glibc's under other names, which are there for this.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* at, std::size_t bytes);

void* malloc(std::size_t bytes) {
  ++count;
  return __libc_malloc(bytes);
}
void* calloc(std::size_t number, std::size_t bytes) {
  ++count;
  return __libc_calloc(number, bytes);
}
void* realloc(void* at, std::size_t bytes) {
  ++count;
  return __libc_realloc(at, bytes);
}
}

namespace candor::bench {

std::uint64_t allocations() { return count; }

}  // namespace candor::bench
