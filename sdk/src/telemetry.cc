#include "telemetry.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <tuple>
#include <utility>

#include "library/limits.h"
#include "library/switch_file.h"
#include "process.h"

const std::uint8_t candor_telemetry::kOff[candor::library::kMaxDeclarations + 1] = {};

namespace candor::sdk {
namespace {

using library::DeclaredKind;
using library::RecordHeader;
using library::RecordKind;
using library::RunEntry;
using library::RunOutcome;
using library::RunState;

constexpr std::int64_t kMakeAgainSeconds = 60;  // when no ring could be made

std::int64_t milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::int64_t microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

std::string_view text_of(const char* text) { return text == nullptr ? "" : text; }

// Of other files than these there is no need to read more.
std::string read_small_file(const std::string& file, std::size_t most) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  std::string bytes(most, '\0');
  const auto count = fd < 0 ? -1 : read(fd, bytes.data(), bytes.size());
  if (fd >= 0) close(fd);
  bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return bytes;
}

void add_atomically(std::uint64_t& slot, std::uint64_t count) {
  std::atomic_ref(slot).fetch_add(count, std::memory_order_relaxed);
}

void add_atomically(std::uint64_t& slot, double value) {
  std::atomic_ref sum(slot);
  auto before = sum.load(std::memory_order_relaxed);
  while (!sum.compare_exchange_weak(
      before, std::bit_cast<std::uint64_t>(std::bit_cast<double>(before) + value),
      std::memory_order_relaxed)) {
  }
}

}  // namespace

std::string library_folder(const char* state_folder) {
  const auto below = [](std::string_view folder, std::string_view rest) {
    return std::string(folder) + std::string(rest) + "/" + library::kFolder;
  };
  const auto variable = [](const char* name) { return text_of(secure_getenv(name)); };
  if (const auto given = text_of(state_folder); !given.empty()) return below(given, "");
  if (const auto own = variable("CANDOR_DIR"); !own.empty()) return below(own, "/state");
  if (geteuid() == 0) return below("/var/lib/candor", "");
  if (const auto state = variable("XDG_STATE_HOME"); state.starts_with('/'))
    return below(state, "/candor");
  if (const auto home = variable("HOME"); home.starts_with('/'))
    return below(home, "/.local/state/candor");
  return {};
}

bool is_off_by_environment() {
  const auto track = text_of(getenv("DO_NOT_TRACK"));
  if (!track.empty() && track != "0" && track != "false") return true;
  return text_of(getenv("CANDOR_TELEMETRY")) == "off";
}

std::unique_ptr<Telemetry> Telemetry::open(std::string_view product, std::string folder,
                                           std::uint32_t place) {
  std::unique_ptr<Telemetry> made(new Telemetry());
  if (folder.empty() || !made->read_switch(folder + "/" + library::kSwitchFile)) return nullptr;
  if (made->product() != product) return nullptr;
  made->read_key(folder + "/../key");
  made->folder_ = std::move(folder);
  made->hot.place = place;
  made->switch_on();
  return made;
}

bool Telemetry::read_switch(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat found {};
  void* memory = MAP_FAILED;
  const bool may_be = fstat(fd, &found) == 0 && found.st_size > 0 &&
                      static_cast<std::size_t>(found.st_size) < 2 * library::kMaxTextBytes;
  const auto bytes = may_be ? static_cast<std::size_t>(found.st_size) : 0;
  if (may_be) memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED) return false;
  const auto view = library::read_switch({static_cast<const char*>(memory), bytes});
  if (view) text_ = view->text;
  auto declarations = view ? library::read_declarations(text_) : std::nullopt;
  if (!declarations || declarations->all.size() != view->header.declarations) {
    munmap(memory, bytes);
    return false;
  }
  declarations_ = *std::move(declarations);
  flags_ = static_cast<const std::uint8_t*>(memory) + view->header.flags_at;
  by_name_.resize(declarations_.all.size());
  for (std::uint32_t i = 0; i < by_name_.size(); ++i) by_name_[i] = i + 1;
  std::ranges::sort(by_name_, {}, [this](std::uint32_t number) {
    const auto& one = *declarations_.find(number);
    return std::tuple(one.event, one.name, one.kind);
  });
  return true;
}

void Telemetry::read_key(const std::string& file) {
  key_ = Keyed::from_hex(std::string_view(read_small_file(file, 65)).substr(0, 64));
}

void Telemetry::set_flags(const std::uint8_t* flags) {
  __atomic_store_n(&hot.flags, flags, __ATOMIC_RELAXED);
}

std::uint32_t Telemetry::find(DeclaredKind kind, std::string_view name, std::uint32_t event) const {
  const auto key = std::tuple(event, name, kind);
  const auto found = std::ranges::lower_bound(by_name_, key, {}, [this](std::uint32_t number) {
    const auto& one = *declarations_.find(number);
    return std::tuple(one.event, one.name, one.kind);
  });
  if (found == by_name_.end()) return 0;
  const auto& one = *declarations_.find(*found);
  return std::tuple(one.event, one.name, one.kind) == key ? *found : 0;
}

// The slots of this thread's block; null where it has none and gets none.
std::uint64_t* Telemetry::slots_here() {
  auto*& slots = candor_this_thread.slots[hot.place];
  if (slots != nullptr) return slots;
  const ProcessLock lock;
  if (!ring_) {
    const auto now = milliseconds(CLOCK_MONOTONIC_COARSE) / 1000;
    if (now < make_again_) return nullptr;
    ring_ = RingFile::make(folder_, text_, declarations_.slots);
    if (!ring_) make_again_ = now + kMakeAgainSeconds;
  }
  auto* const block = ring_ ? ring_->take_block() : nullptr;
  if (block == nullptr) return nullptr;
  if (!give_back_at_thread_end()) {
    RingFile::give_back(*block);
    return nullptr;
  }
  slots = RingFile::slots_of(*block);
  return slots;
}

void Telemetry::add(candor_counter counter, std::uint64_t count) {
  if (auto* const slots = slots_here()) {
    std::atomic_ref slot(slots[counter.slot]);
    slot.store(slot.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    return;
  }
  const ProcessLock lock;
  if (ring_) add_atomically(RingFile::slots_of(ring_->shared_block())[counter.slot], count);
}

void Telemetry::observe(const candor_histogram& histogram, double value) {
  if (slots_here() != nullptr) return candor_observe(this, &histogram, value);
  const ProcessLock lock;
  if (!ring_) return;
  auto* const slots = RingFile::slots_of(ring_->shared_block()) + histogram.slot;
  std::uint32_t above = 0;
  for (std::uint32_t i = 0; i < histogram.count; ++i) above += value > histogram.bounds[i];
  add_atomically(slots[above], std::uint64_t{1});
  add_atomically(slots[histogram.count + 1], value);
}

ValueTerms Telemetry::terms(std::uint32_t event) const {
  return {declarations_, flags_, key_ ? &*key_ : nullptr, event};
}

// `write` fills in the values, at an address.
template <typename Write>
candor_result Telemetry::write_record(const RecordHeader& header, std::size_t value_bytes,
                                      Write write) {
  const auto put = [&](library::BlockHeader& block) {
    auto* const at = ring_->reserve(block, sizeof header + value_bytes);
    if (at == nullptr) return CANDOR_DROPPED;
    std::memcpy(at, &header, sizeof header);
    write(at + sizeof header);
    RingFile::publish(block, sizeof header + value_bytes);
    return CANDOR_OK;
  };
  if (auto* const slots = slots_here()) return put(RingFile::block_of(slots));
  const ProcessLock lock(ProcessLock::kIfFree);
  if (!ring_) return CANDOR_DROPPED;
  if (lock.is_held()) return put(ring_->shared_block());
  ring_->count_dropped();
  return CANDOR_DROPPED;
}

candor_result Telemetry::record(std::uint32_t event, std::span<const candor_value> values) {
  const auto* declared = declarations_.find(event);
  if (declared == nullptr || declared->kind != DeclaredKind::kEvent) return CANDOR_OFF;
  const auto with = terms(event);
  const auto kept = choose(with, values, library::kMaxRecordBytes - sizeof(RecordHeader));
  RecordHeader header{};
  header.bytes = static_cast<std::uint32_t>(sizeof header + kept.bytes);
  header.kind = RecordKind::kEvent;
  header.values = static_cast<std::uint16_t>(kept.count);
  header.declaration = event;
  header.at_ms = milliseconds(CLOCK_REALTIME_COARSE);
  const auto written = write_record(
      header, kept.bytes, [&](std::uint8_t* into) { write_values(with, values, kept, into); });
  return written == CANDOR_OK && !kept.all ? CANDOR_PARTLY : written;
}

candor_result Telemetry::begin(std::uint32_t declaration, std::span<const candor_value> values,
                               candor_run& run) {
  const auto* declared = declarations_.find(declaration);
  if (declared == nullptr || declared->kind != DeclaredKind::kRun) return CANDOR_OFF;
  if (getrandom(run.id, sizeof run.id, GRND_NONBLOCK) != sizeof run.id) return CANDOR_DROPPED;
  const auto with = terms(declaration);
  const auto kept = choose(with, values, sizeof run.value_bytes);
  write_values(with, values, kept, run.value_bytes);
  run.telemetry = this;
  run.declaration = declaration;
  run.process = static_cast<std::uint32_t>(getpid());
  run.open = 1;
  run.began_ms = milliseconds(CLOCK_REALTIME);
  run.began_us = microseconds();
  run.values = kept.count;
  run.bytes = static_cast<std::uint32_t>(kept.bytes);
  run.entry = UINT32_MAX;

  slots_here();  // makes the ring where there is none yet
  RunEntry* entry = nullptr;
  {
    const ProcessLock lock;
    entry = ring_ ? ring_->take_entry(run.entry) : nullptr;
  }
  if (entry != nullptr) {
    entry->declaration = declaration;
    entry->began_ms = run.began_ms;
    std::memcpy(entry->id.data(), run.id, sizeof run.id);
    entry->values = run.values;
    entry->bytes = run.bytes;
    std::memcpy(entry->value_bytes.data(), run.value_bytes, run.bytes);
    std::atomic_ref(entry->state).store(RunState::kRuns, std::memory_order_release);
  } else {
    run.entry = UINT32_MAX;
  }
  RecordHeader header{};
  header.bytes = static_cast<std::uint32_t>(sizeof header + run.bytes);
  header.kind = RecordKind::kBegin;
  header.values = static_cast<std::uint16_t>(run.values);
  header.declaration = declaration;
  header.at_ms = run.began_ms;
  std::memcpy(header.run.data(), run.id, sizeof run.id);
  const auto written = write_record(header, run.bytes, [&](std::uint8_t* into) {
    std::memcpy(into, run.value_bytes, run.bytes);
  });
  return written == CANDOR_OK && !kept.all ? CANDOR_PARTLY : written;
}

candor_result Telemetry::end(candor_run& run, candor_outcome outcome) {
  const auto took = microseconds() - run.began_us;
  RunEntry* entry = nullptr;
  if (run.process == static_cast<std::uint32_t>(getpid())) {
    const ProcessLock lock;
    entry = ring_ ? ring_->entry(run.entry) : nullptr;
  }
  if (!candor_may_record(this, run.declaration)) {
    // Refused since it began: how it ended is not told, and it is not lost either.
    if (entry != nullptr)
      std::atomic_ref(entry->state).store(RunState::kFree, std::memory_order_release);
    return CANDOR_OFF;
  }
  if (entry != nullptr) {
    // First: who reads it now, because the process ends here, knows how the run ended.
    entry->took_us = took;
    entry->outcome = static_cast<RunOutcome>(outcome);
    std::atomic_ref(entry->state).store(RunState::kEnded, std::memory_order_release);
  }
  RecordHeader header{};
  header.bytes = static_cast<std::uint32_t>(sizeof header + run.bytes);
  header.kind = RecordKind::kEnd;
  header.values = static_cast<std::uint16_t>(run.values);
  header.declaration = run.declaration;
  header.outcome = static_cast<RunOutcome>(outcome);
  header.at_ms = milliseconds(CLOCK_REALTIME);
  header.took_us = took;
  std::memcpy(header.run.data(), run.id, sizeof run.id);
  const auto written = write_record(header, run.bytes, [&](std::uint8_t* into) {
    std::memcpy(into, run.value_bytes, run.bytes);
  });
  // Of an end that found no room the entry tells.
  if (entry == nullptr || written == CANDOR_OK) {
    if (entry != nullptr)
      std::atomic_ref(entry->state).store(RunState::kFree, std::memory_order_release);
    return written;
  }
  return CANDOR_OK;
}

}  // namespace candor::sdk
