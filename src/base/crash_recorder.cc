#include "base/crash_recorder.h"

#include <elf.h>
#include <execinfo.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/crash_text.h"
#include "base/digest.h"
#include "base/limits.h"

namespace candor {
namespace {

struct SignalName {
  int number;
  const char* name;
};

constexpr SignalName kSignals[] = {{SIGSEGV, "SIGSEGV"},
                                   {SIGABRT, "SIGABRT"},
                                   {SIGBUS, "SIGBUS"},
                                   {SIGILL, "SIGILL"},
                                   {SIGFPE, "SIGFPE"}};

struct Module {
  std::uintptr_t bias = 0;   // what is added to the file's own addresses
  std::uintptr_t begin = 0;  // of what is mapped
  std::uintptr_t end = 0;
  char name[kMaxCrashWordBytes + 1] = "";
  char build_id[kMaxCrashWordBytes + 1] = "";
};

// All that the handler needs, made ready before: there it is too late to ask for memory.
struct Prepared {
  char folder[kMaxCrashPathBytes + 1];
  char id[33];
  char program[kMaxCrashWordBytes + 1];
  char version[kMaxCrashWordBytes + 1];
  char architecture[17];
  Module modules[kMaxCrashModules];
  std::size_t module_count = 0;
  void* addresses[kMaxCrashRecordFrames + 8];
  char text[kMaxCrashRecordBytes];
  alignas(16) char stack[kCrashStackBytes];
};

Prepared prepared;
std::atomic<bool> keeping{false};
std::atomic<int> recording_thread{0};

// A copy that stands in a JSON string as it is.
void copy_word(char* to, std::size_t room, std::string_view from) {
  std::size_t n = 0;
  for (const char c : from) {
    if (n + 1 == room) break;
    const bool plain = c >= ' ' && c < 0x7f && c != '"' && c != '\\';
    to[n++] = plain ? c : '_';
  }
  to[n] = '\0';
}

void copy_build_id(Module& module, const dl_phdr_info& info, const ElfW(Phdr) & header) {
  const auto* at = reinterpret_cast<const char*>(info.dlpi_addr + header.p_vaddr);
  const auto* end = at + header.p_memsz;
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  while (at + sizeof(ElfW(Nhdr)) <= end) {
    ElfW(Nhdr) note;
    std::memcpy(&note, at, sizeof note);
    const auto* name = at + sizeof note;
    const auto* value = name + padded(note.n_namesz);
    if (value + note.n_descsz > end) return;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
      copy_word(module.build_id, sizeof module.build_id, to_hex({value, note.n_descsz}));
      return;
    }
    at = value + padded(note.n_descsz);
  }
}

int add_module(dl_phdr_info* info, std::size_t, void*) {
  if (prepared.module_count == kMaxCrashModules) return 1;
  Module module;
  module.bias = info->dlpi_addr;
  module.begin = UINTPTR_MAX;
  std::string_view name = info->dlpi_name ? info->dlpi_name : "";
  char itself[kMaxCrashPathBytes];
  if (name.empty() && prepared.module_count == 0) {
    const auto length = ::readlink("/proc/self/exe", itself, sizeof itself);
    if (length > 0) name = {itself, static_cast<std::size_t>(length)};
  }
  copy_word(module.name, sizeof module.name, name.substr(name.rfind('/') + 1));
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type == PT_NOTE && module.build_id[0] == '\0')
      copy_build_id(module, *info, header);
    if (header.p_type != PT_LOAD) continue;
    const auto begin = info->dlpi_addr + header.p_vaddr;
    module.begin = std::min<std::uintptr_t>(module.begin, begin);
    module.end = std::max<std::uintptr_t>(module.end, begin + header.p_memsz);
  }
  prepared.modules[prepared.module_count++] = module;
  return 0;
}

// From here on: what runs at the signal.

std::uintptr_t failed_at(const void* context) {
  [[maybe_unused]] const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(machine.pc);
#else
  return 0;
#endif
}

void add_frame(CrashText& text, std::uintptr_t address) {
  const Module* in = nullptr;
  for (std::size_t i = 0; i < prepared.module_count && in == nullptr; ++i) {
    const auto& module = prepared.modules[i];
    if (address >= module.begin && address < module.end) in = &module;
  }
  text.add("\n{\"module\":\"");
  text.add(in ? in->name : "");
  text.add("\",\"build_id\":\"");
  text.add(in ? in->build_id : "");
  text.add("\",\"offset\":\"0x");
  text.add_hex(in ? address - in->bias : 0);
  text.add("\"}");
}

void add_frames(CrashText& text, const void* context) {
  const int taken = ::backtrace(prepared.addresses, std::size(prepared.addresses));
  const auto failed = failed_at(context);
  // The first ones are this handler's and the signal's own.
  int first = 0;
  while (first < taken && reinterpret_cast<std::uintptr_t>(prepared.addresses[first]) != failed)
    ++first;
  // A call through a bad pointer: the stack below it is all there is besides.
  if (first == taken) first = std::min(taken, 2);
  add_frame(text, failed);
  std::size_t count = 1;
  for (int i = first; i < taken && count < kMaxCrashRecordFrames; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(prepared.addresses[i]);
    if (address == failed) continue;
    text.add(",");
    add_frame(text, address - 1);
    ++count;
  }
}

void write_record(const char* signal, const void* context) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  CrashText text(prepared.text, sizeof prepared.text);
  text.add("{\"candor_crash\":1,\"id\":\"");
  text.add(prepared.id);
  text.add("\",\"program\":\"");
  text.add(prepared.program);
  text.add("\",\"version\":\"");
  text.add(prepared.version);
  text.add("\",\n\"signal\":\"");
  text.add(signal);
  text.add("\",\"time\":\"");
  text.add_time(now.tv_sec, now.tv_nsec / 1'000'000);
  text.add("\",\"architecture\":\"");
  text.add(prepared.architecture);
  text.add("\",\n\"frames\":[");
  add_frames(text, context);
  text.add("]}\n");

  char path_bytes[kMaxCrashPathBytes + 64];
  CrashText path(path_bytes, sizeof path_bytes);
  path.add(prepared.folder);
  ::mkdir(path.c_str(), 0700);
  path.add("/");
  path.add_file_time(now.tv_sec);
  path.add("-");
  path.add(prepared.id);
  char new_bytes[sizeof path_bytes + 8];
  CrashText fresh(new_bytes, sizeof new_bytes);
  fresh.add(path.c_str());
  fresh.add(".new");
  path.add(".json");
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return;
  const auto written = ::write(file, prepared.text, text.size());
  ::close(file);
  if (written == static_cast<ssize_t>(text.size())) {
    ::rename(fresh.c_str(), path.c_str());
  } else {
    ::unlink(fresh.c_str());
  }
}

void on_crash(int number, siginfo_t*, void* context) {
  const int saved = errno;
  const int self = ::gettid();
  int nobody = 0;
  if (keeping && recording_thread.compare_exchange_strong(nobody, self)) {
    for (const auto& signal : kSignals) {
      if (signal.number == number) write_record(signal.name, context);
    }
  } else if (nobody != 0 && nobody != self) {
    // Another thread is recording, and ends the process when it is done.
    for (;;) ::pause();
  }
  // SA_RESETHAND has put the default back, and the signal is blocked until this returns.
  ::raise(number);
  errno = saved;
}

}  // namespace

Status record_crashes(const Path& folder, std::string_view program, std::string_view version) {
  const auto& path = folder.native();
  if (path.size() > kMaxCrashPathBytes) {
    return Error{ErrorKind::kUsage,
                 fmt::format("{} is too long a path for crash records; at most {} bytes.", path,
                             kMaxCrashPathBytes)};
  }
  std::memcpy(prepared.folder, path.c_str(), path.size() + 1);
  copy_word(prepared.id, sizeof prepared.id, to_hex(random_bytes(16)));
  copy_word(prepared.program, sizeof prepared.program, program);
  copy_word(prepared.version, sizeof prepared.version, version);
  utsname machine{};
  ::uname(&machine);
  copy_word(prepared.architecture, sizeof prepared.architecture, machine.machine);
  prepared.module_count = 0;
  ::dl_iterate_phdr(add_module, nullptr);
  // The first call loads the unwinder, which cannot be done at the signal.
  ::backtrace(prepared.addresses, 2);
  keeping = true;

  // So that a stack that overflowed can be told, too.
  const stack_t stack{prepared.stack, 0, sizeof prepared.stack};
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const auto& signal : kSignals) ::sigaction(signal.number, &action, nullptr);
  return Ok{};
}

void keep_crash_records(bool keep) { keeping = keep; }

}  // namespace candor
