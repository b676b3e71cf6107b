#include "base/crash_writer.h"

#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "base/crash_modules.h"
#include "base/crash_text.h"
#include "base/limits.h"

namespace candor {
namespace {

struct FatalSignal {
  int number;
  const char* name;
  struct sigaction before;
};

FatalSignal signals[] = {{SIGSEGV, "SIGSEGV", {}},
                         {SIGABRT, "SIGABRT", {}},
                         {SIGBUS, "SIGBUS", {}},
                         {SIGILL, "SIGILL", {}},
                         {SIGFPE, "SIGFPE", {}}};

// All that the handler needs, made ready before: there it is too late to ask for memory.
struct Prepared {
  char folder[kMaxCrashPathBytes + 1];
  char program[kMaxCrashWordBytes + 1];
  char version[kMaxCrashWordBytes + 1];
  char architecture[17];
  uid_t owner;  // of the folder above; what root leaves is its
  gid_t group;
  bool (*may_record)(const void* what, std::uint32_t number);
  const void* what;
  std::uint32_t number;
  CrashModules modules;
};

// Two, so that what a handler reads is not written to: the newest one, and the one before.
Prepared prepared[2];
std::atomic<const Prepared*> newest{nullptr};
std::uint8_t spare_id[16];  // where the system gives no random bytes at the crash

// What the handler writes to; that much may be too much for the stack it runs on.
struct Scratch {
  void* addresses[kMaxCrashRecordFrames + 8];
  char text[kMaxCrashRecordBytes];
  char path[kMaxCrashPathBytes + 64];
  char fresh[kMaxCrashPathBytes + 72];
  alignas(8) char entries[4096];  // of the folder
  CrashModule module;
};
Scratch scratch;
alignas(16) char signal_stack[kCrashStackBytes];

constexpr int kDone = -1;
std::atomic<int> recording_thread{0};  // its number; kDone when it is done
volatile sig_atomic_t can_go_back = 0;
sigjmp_buf back;

// From here on: what runs at the signal.

// False when `what` crashed: a stack that is damaged cannot be walked.
template <typename What>
bool survives(const What& what) {
  if (sigsetjmp(back, 0) != 0) {
    can_go_back = 0;
    return false;
  }
  can_go_back = 1;
  what();
  can_go_back = 0;
  return true;
}

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

void add_id(CrashText& text) {
  std::uint8_t id[sizeof spare_id];
  if (::getrandom(id, sizeof id, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof id)) {
    std::memcpy(id, spare_id, sizeof id);
    const int self = ::getpid();  // a forked child has the same
    for (std::size_t i = 0; i < sizeof self; ++i)
      id[i] ^= static_cast<std::uint8_t>(static_cast<unsigned>(self) >> (8 * i));
  }
  for (const auto byte : id) {
    const char digits[] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    text.add({digits, sizeof digits});
  }
}

void add_frame(CrashText& text, const Prepared& from, std::uintptr_t address) {
  const auto* in = from.modules.find(address);
  if (in == nullptr) {
    bool is_found = false;
    survives([&] { is_found = CrashModules::find_later(address, scratch.module); });
    if (is_found) in = &scratch.module;
  }
  text.add("\n{\"module\":\"");
  text.add(in ? in->name : "");
  text.add("\",\"build_id\":\"");
  text.add(in ? in->build_id : "");
  text.add("\",\"offset\":\"0x");
  text.add_hex(in ? address - in->bias : 0);
  text.add("\"}");
}

void add_frames(CrashText& text, const Prepared& from, const void* context) {
  int taken = 0;
  survives([&] { taken = ::backtrace(scratch.addresses, std::size(scratch.addresses)); });
  const auto failed = failed_at(context);
  // The first ones are this handler's and the signal's own.
  int first = 0;
  while (first < taken && reinterpret_cast<std::uintptr_t>(scratch.addresses[first]) != failed)
    ++first;
  // A call through a bad pointer: the stack below it is all there is besides.
  if (first == taken) first = std::min(taken, 2);
  add_frame(text, from, failed);
  std::size_t count = 1;
  for (int i = first; i < taken && count < kMaxCrashRecordFrames; ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(scratch.addresses[i]);
    if (address == failed) continue;
    text.add(",");
    add_frame(text, from, address - 1);
    ++count;
  }
}

// A file that outgrows the process's own limit would end it by another signal.
bool may_write(std::size_t bytes) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= bytes;
}

// A program that is started again and again while no agent reads what it leaves fills no disk.
bool has_room(int folder) {
  std::size_t count = 0;
  long bytes = 0;
  do {
    bytes = ::syscall(SYS_getdents64, folder, scratch.entries, sizeof scratch.entries);
    // Of an entry its length stands behind two numbers of 8 bytes.
    for (long at = 0; at < bytes; ++count) {
      std::uint16_t length = 0;
      std::memcpy(&length, scratch.entries + at + 16, sizeof length);
      at = length == 0 ? bytes : at + length;
    }
  } while (bytes > 0 && count < 2 * kMaxCrashFolderEntries);
  constexpr std::size_t kItselfAndAbove = 2;
  return count < kMaxCrashFolderEntries + kItselfAndAbove;
}

// In the folder, which may have been another's a moment ago: nothing goes by its path any more.
void write_file_in(int folder, bool is_roots, const Prepared& from, const CrashText& text,
                   std::time_t now, std::string_view id) {
  CrashText name(scratch.path, sizeof scratch.path);
  name.add_file_time(now);
  name.add("-");
  name.add(id);
  CrashText fresh(scratch.fresh, sizeof scratch.fresh);
  fresh.add(name.c_str());
  fresh.add(".new");
  name.add(".json");
  const int file = ::openat(folder, fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (is_roots) {
    [[maybe_unused]] const int ignored = ::fchown(file, from.owner, from.group);
  }
  const auto written = ::write(file, text.c_str(), text.size());
  ::close(file);
  if (written == static_cast<ssize_t>(text.size())) {
    ::renameat(folder, fresh.c_str(), folder, name.c_str());
  } else {
    ::unlinkat(folder, fresh.c_str(), 0);
  }
}

void write_file_at(const Prepared& from, const CrashText& text, std::time_t now,
                   std::string_view id) {
  CrashText path(scratch.path, sizeof scratch.path);
  path.add(from.folder);
  const bool is_roots = ::geteuid() == 0 && from.owner != 0;
  const bool is_made = ::mkdir(path.c_str(), 0700) == 0;
  // Root follows no link that the owner of the folder above may have put there.
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return;
  if (is_made && is_roots) {
    [[maybe_unused]] const int ignored = ::fchown(folder, from.owner, from.group);
  }
  if (has_room(folder) && may_write(text.size()))
    write_file_in(folder, is_roots, from, text, now, id);
  ::close(folder);
}

void write_record(const Prepared& from, const char* signal, const void* context) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  CrashText text(scratch.text, sizeof scratch.text);
  text.add("{\"candor_crash\":1,\"id\":\"");
  const auto id_at = text.size();
  add_id(text);
  text.add("\",\"program\":\"");
  text.add(from.program);
  text.add("\",\"version\":\"");
  text.add(from.version);
  text.add("\",\n\"signal\":\"");
  text.add(signal);
  text.add("\",\"time\":\"");
  text.add_time(now.tv_sec, now.tv_nsec / 1'000'000);
  text.add("\",\"architecture\":\"");
  text.add(from.architecture);
  text.add("\",\n\"frames\":[");
  add_frames(text, from, context);
  text.add("]}\n");
  survives([&] {
    write_file_at(from, text, now.tv_sec, {text.c_str() + id_at, 2 * sizeof spare_id});
  });
}

void record(const FatalSignal& signal, const void* context) {
  const auto* const from = newest.load(std::memory_order_acquire);
  bool may = false;
  survives([&] { may = from != nullptr && from->may_record(from->what, from->number); });
  if (may) write_record(*from, signal.name, context);
}

// Once this handler returns, the signal comes again as it came, for whoever had it before.
void pass_on(FatalSignal& signal, siginfo_t* info) {
  ::sigaction(signal.number, &signal.before, nullptr);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal.number);
  ::pthread_sigmask(SIG_BLOCK, &one, nullptr);
  if (::syscall(SYS_rt_tgsigqueueinfo, ::getpid(), ::gettid(), signal.number, info) != 0)
    ::raise(signal.number);
}

// Another thread is recording, and ends the process when it is done.
void wait_for_recorder() {
  constexpr int kTries = 500;
  constexpr int kMilliseconds = 10;
  for (int i = 0; i < kTries && recording_thread != kDone; ++i) ::poll(nullptr, 0, kMilliseconds);
}

void on_crash(int number, siginfo_t* info, void* context) {
  const int saved = errno;
  auto& signal = *std::find_if(std::begin(signals), std::end(signals),
                               [&](const FatalSignal& one) { return one.number == number; });
  const int self = ::gettid();
  int nobody = 0;
  if (recording_thread.compare_exchange_strong(nobody, self)) {
    record(signal, context);
    recording_thread = kDone;
  } else if (nobody == self && can_go_back != 0) {
    siglongjmp(back, 1);
  } else if (nobody != self) {
    wait_for_recorder();
  }
  pass_on(signal, info);
  errno = saved;
}

// From here on: what is done before.

// So that a stack that overflowed can be told, too.
void give_signal_stack() {
  stack_t before{};
  if (::sigaltstack(nullptr, &before) != 0 || (before.ss_flags & SS_DISABLE) == 0) return;
  const stack_t stack{signal_stack, 0, sizeof signal_stack};
  ::sigaltstack(&stack, nullptr);
}

void take_signals() {
  static bool is_taken = false;
  if (is_taken) return;
  is_taken = true;
  [[maybe_unused]] const auto ignored = ::getrandom(spare_id, sizeof spare_id, GRND_NONBLOCK);
  give_signal_stack();
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  // A crash of the handler's own is told to it, too.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  for (auto& signal : signals) {
    ::sigaction(signal.number, nullptr, &signal.before);
    if (signal.before.sa_handler != SIG_IGN) ::sigaction(signal.number, &action, nullptr);
  }
}

// Whom the folder above belongs to; root's where that cannot be told.
void find_owner(Prepared& of) {
  char above[sizeof of.folder];
  std::memcpy(above, of.folder, sizeof above);
  char* const slash = std::strrchr(above, '/');
  if (slash != nullptr) *slash = '\0';
  struct stat found {};
  if (slash == nullptr || ::stat(above, &found) != 0) found = {};
  of.owner = found.st_uid;
  of.group = found.st_gid;
}

template <std::size_t room>
void copy_word(char (&to)[room], std::string_view from) {
  copy_crash_word(to, room, from.data(), from.size());
}

}  // namespace

void load_unwinder() {
  void* addresses[2];
  ::backtrace(addresses, 2);
}

bool write_crash_records(const CrashSetup& setup) {
  if (setup.folder.size() > kMaxCrashPathBytes) return false;
  auto& next = newest.load() == &prepared[0] ? prepared[1] : prepared[0];
  std::memcpy(next.folder, setup.folder.data(), setup.folder.size());
  next.folder[setup.folder.size()] = '\0';
  find_owner(next);
  copy_word(next.program, setup.program);
  copy_word(next.version, setup.version);
  utsname machine{};
  ::uname(&machine);
  copy_word(next.architecture, machine.machine);
  next.may_record = setup.may_record;
  next.what = setup.what;
  next.number = setup.number;
  next.modules.fill();
  newest.store(&next, std::memory_order_release);
  take_signals();
  return true;
}

}  // namespace candor
