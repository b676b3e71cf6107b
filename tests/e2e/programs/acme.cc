// A program with libcandor that crashes: tests/e2e/symbols.test.mjs builds and runs it.
#include <unistd.h>

#include <candor/candor.hpp>
#include <cstdlib>

namespace acme {

#ifdef ACME_MOVED
// What is behind it moves, as in the next version of a program.
[[gnu::noinline]] int check(int depth) {
  volatile int sum = 0;
  for (int i = 0; i < depth; ++i) sum = sum + i * depth;
  return sum;
}
#else
[[gnu::noinline]] int check(int depth) { return depth; }
#endif

[[gnu::noinline]] int save(volatile int* where) {
  *where = 7;  // the line that crashes
  return *where;
}

[[gnu::noinline]] int export_all(volatile int* where) { return save(where) + check(3); }

}  // namespace acme

int main(int argc, char** argv) {
  const candor::Telemetry telemetry("mesh");
  const bool is_recorded = telemetry.record_crashes("acme", ACME_VERSION) == CANDOR_OK;
  // Of what is in memory and was told to the program, nothing leaves it.
  char* const kept = static_cast<char*>(std::malloc(4096));
  for (int i = 0; i < 4096; ++i) kept[i] = argv[1][i % 8];
  if (write(STDOUT_FILENO, is_recorded ? "recorded\n" : "off\n", is_recorded ? 9 : 4) < 0) return 1;
  int* volatile nowhere = nullptr;
  return acme::export_all(argc > 100 ? reinterpret_cast<int*>(kept) : nowhere);
}
