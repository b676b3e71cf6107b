// Writes a crash record (docs/formats/crash.md) in the process that fails, and lets the signal go
// on. Needs nothing but the C library: it is in every program that embeds libcandor.
#pragma once

#include <cstdint>
#include <string_view>

namespace candor {

struct CrashSetup {
  std::string_view folder;  // made when there is a crash; its parent is not
  std::string_view program;
  std::string_view version;
  // Whether a crash leaves a record. Asked at the crash: it is safe in a signal handler. `what` and
  // `number` are handed back to it.
  bool (*may_record)(const void* what, std::uint32_t number);
  const void* what = nullptr;
  std::uint32_t number = 0;
};

// Loads what reads a stack, which cannot be done at the signal. Takes the lock of the loader of
// libraries: to be called before write_crash_records(), and without any other lock.
void load_unwinder();

// From now on SIGSEGV, SIGABRT, SIGBUS, SIGILL and SIGFPE of this process leave a record; then they
// do what they did before: a handler that was there is called, else the process ends with the same
// core dump and status. A signal that was ignored still is. Called again, the newest setup counts,
// and the libraries that are loaded by then have names; the handlers stay as they are. A process
// leaves one record. One thread at a time; false when the folder's path is too long, and nothing
// has changed.
//
// What runs at the signal only makes calls that are safe there, touches no memory it did not
// prepare and takes no lock. The calling thread gets a stack for it unless it has one; another
// thread that overflows its stack, and has none, leaves no record.
bool write_crash_records(const CrashSetup& setup);

}  // namespace candor
