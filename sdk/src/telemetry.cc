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

#include "file_digest.h"
#include "files.h"
#include "library/environment.h"
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

constexpr std::int64_t kNoRingSeconds = 60;  // until one is tried to be made again
constexpr std::int64_t kNoBlockSeconds = 1;  // until a thread that ended is looked for again

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

std::string state_folder(const char* given) {
  const auto variable = [](const char* name) { return std::string(text_of(secure_getenv(name))); };
  if (const auto folder = text_of(given); !folder.empty()) return std::string(folder);
  if (const auto own = variable("CANDOR_DIR"); !own.empty()) return own + "/state";
  if (geteuid() == 0) return "/var/lib/candor";
  if (const auto state = variable("XDG_STATE_HOME"); state.starts_with('/'))
    return state + "/candor";
  if (const auto home = variable("HOME"); home.starts_with('/'))
    return home + "/.local/state/candor";
  return {};
}

std::string library_folder(const char* given) {
  const auto state = state_folder(given);
  return state.empty() ? state : state + "/" + library::kFolder;
}

bool is_off_by_environment() {
  return library::says_yes(text_of(getenv("DO_NOT_TRACK"))) ||
         library::says_off(text_of(getenv("CANDOR_TELEMETRY")));
}

bool is_decided_by_environment() {
  return is_off_by_environment() || !text_of(getenv("CANDOR_TELEMETRY")).empty();
}

bool is_automation_by_environment() {
  if (library::says_yes(text_of(getenv("CI")))) return true;
  return std::ranges::any_of(library::kAutomationServices,
                             [](const char* name) { return getenv(name) != nullptr; });
}

std::unique_ptr<Telemetry> Telemetry::open(std::string_view product, std::string folder,
                                           std::uint32_t place, bool is_automation) {
  std::unique_ptr<Telemetry> made(new Telemetry());
  if (folder.empty() || !made->read_switch(folder + "/" + library::kSwitchFile)) return nullptr;
  if (made->product() != product) return nullptr;
  made->read_key(folder + "/../key");
  made->folder_ = std::move(folder);
  made->hot.place = place;
  made->is_automation_ = is_automation;
  made->switch_on();
  return made;
}

bool Telemetry::read_switch(const std::string& file) {
  std::size_t bytes = 0;
  const int fd = open_regular(file, bytes);
  if (fd < 0) return false;
  const bool may_be = bytes > 0 && bytes < 2 * library::kMaxTextBytes;
  void* const memory = may_be ? mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
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
  rules_ = FieldRules(declarations_);
  questions_.resize(declarations_.all.size() + 1);
  for (std::uint32_t i = 0; i < declarations_.all.size(); ++i) {
    if (declarations_.all[i].kind == DeclaredKind::kSurvey)
      questions_[i + 1] = declarations_.all[i].question;
  }
  by_name_.resize(declarations_.all.size());
  for (std::uint32_t i = 0; i < by_name_.size(); ++i) by_name_[i] = i + 1;
  std::ranges::sort(by_name_, {}, [this](std::uint32_t number) { return name_of(number); });
  return true;
}

void Telemetry::read_key(const std::string& file) {
  key_ = Keyed::from_hex(std::string_view(read_small_file(file, 65)).substr(0, 64));
}

void Telemetry::set_flags(const std::uint8_t* flags) {
  __atomic_store_n(&hot.flags, flags, __ATOMIC_RELAXED);
}

Telemetry::Name Telemetry::name_of(std::uint32_t number) const {
  const auto& one = *declarations_.find(number);
  return {one.event, one.name, one.kind};
}

std::uint32_t Telemetry::find(DeclaredKind kind, std::string_view name, std::uint32_t event) const {
  const Name key(event, name, kind);
  const auto found = std::ranges::lower_bound(
      by_name_, key, {}, [this](std::uint32_t number) { return name_of(number); });
  return found != by_name_.end() && name_of(*found) == key ? *found : 0;
}

// The slots of this thread's block; null where it has none and gets none.
std::uint64_t* Telemetry::slots_here() {
  auto*& slots = candor_this_thread.slots[hot.place];
  if (slots == nullptr) find_block(slots);
  return slots;
}

void Telemetry::find_block(std::uint64_t*& slots) {
  const auto now = milliseconds(CLOCK_MONOTONIC_COARSE) / 1000;
  if (now < look_again_.load(std::memory_order_relaxed)) return;
  const ProcessLock lock;
  auto* ring = ring_.load(std::memory_order_relaxed);
  if (ring == nullptr) {
    ring = RingFile::make(folder_, text_, declarations_.slots, is_automation_).release();
    ring_.store(ring, std::memory_order_release);
  }
  auto* const block = ring != nullptr ? ring->take_block() : nullptr;
  if (block == nullptr) {
    look_again_ = now + (ring == nullptr ? kNoRingSeconds : kNoBlockSeconds);
  } else if (give_back_at_thread_end()) {
    slots = RingFile::slots_of(*block);
  } else {
    RingFile::give_back(*block);
  }
}

void Telemetry::leave_ring() {
  delete ring_.exchange(nullptr);
  look_again_ = 0;
}

void Telemetry::add(candor_counter counter, std::uint64_t count) {
  if (auto* const slots = slots_here()) {
    std::atomic_ref slot(slots[counter.slot]);
    slot.store(slot.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  } else if (auto* const ring = ring_.load(std::memory_order_acquire)) {
    add_atomically(RingFile::slots_of(ring->shared_block())[counter.slot], count);
  }
}

void Telemetry::observe(const candor_histogram& histogram, double value) {
  if (slots_here() != nullptr) return candor_observe(this, &histogram, value);
  auto* const ring = ring_.load(std::memory_order_acquire);
  if (ring == nullptr) return;
  auto* const slots = RingFile::slots_of(ring->shared_block()) + histogram.slot;
  add_atomically(slots[candor_bounds_below(&histogram, value)], std::uint64_t{1});
  add_atomically(slots[histogram.count + 1], value);
}

bool Telemetry::is_on() const {
  for (std::uint32_t number = 1; number <= declarations_.all.size(); ++number) {
    if (candor_may_record(this, number) != 0) return true;
  }
  return false;
}

ValueTerms Telemetry::terms(std::uint32_t event) const {
  return {rules_, flags_, key_ ? &*key_ : nullptr, event};
}

candor_result Telemetry::digest(const char* path, candor_file_digest& digest) const {
  for (std::uint32_t number = 1; number <= declarations_.all.size(); ++number) {
    const auto& one = *declarations_.find(number);
    if (one.kind == DeclaredKind::kField && one.privacy != library::DeclaredClass::kClear &&
        candor_may_record(this, number) != 0)
      return digest_file(path, key_ ? &*key_ : nullptr, digest);
  }
  return CANDOR_OFF;
}

// `put` writes a record into a block that nobody else writes to meanwhile.
template <typename Put>
candor_result Telemetry::in_block(Put put) {
  auto* const slots = slots_here();
  auto* const ring = ring_.load(std::memory_order_acquire);
  if (ring == nullptr) return CANDOR_DROPPED;
  const bool is_shared = slots == nullptr;
  if (is_shared && !ring->take_shared()) {
    ring->count_dropped();
    return CANDOR_DROPPED;
  }
  const auto written = put(*ring, is_shared ? ring->shared_block() : RingFile::block_of(slots));
  if (is_shared) ring->give_shared_back();
  return written;
}

candor_result Telemetry::record(std::uint32_t event, std::span<const candor_value> values) {
  constexpr std::size_t kMost = library::kMaxRecordBytes - sizeof(RecordHeader);
  const auto with = terms(event);
  return in_block([&](RingFile& ring, library::BlockHeader& block) {
    // Mostly there is room where the last one ends: then nothing is looked at twice.
    auto room = ring.room(block);
    KeptValues kept{.had_room = false};
    if (room.bytes >= sizeof(RecordHeader)) {
      kept = write_values(with, values, room.at + sizeof(RecordHeader),
                          std::min(room.bytes - sizeof(RecordHeader), kMost));
    }
    if (!kept.had_room && room.bytes < library::kMaxRecordBytes) {
      const auto bytes = std::min(bytes_of(with, values), kMost);
      room.at = ring.reserve(block, sizeof(RecordHeader) + bytes);
      if (room.at == nullptr) return CANDOR_DROPPED;
      kept = write_values(with, values, room.at + sizeof(RecordHeader), bytes);
    }
    // Where it stays: a copy of what was just written in parts waits for them.
    auto& header = *new (room.at) RecordHeader{};
    header.bytes = static_cast<std::uint32_t>(sizeof header + kept.bytes);
    header.kind = RecordKind::kEvent;
    header.values = static_cast<std::uint16_t>(kept.count);
    header.declaration = event;
    header.at_ms = milliseconds(CLOCK_REALTIME_COARSE);
    RingFile::publish(block, header.bytes);
    return kept.all ? CANDOR_OK : CANDOR_PARTLY;
  });
}

// What beginning and end of a run have in common is filled in.
candor_result Telemetry::write_run(RecordHeader header, const candor_run& run) {
  header.bytes = static_cast<std::uint32_t>(sizeof header + run.bytes);
  header.values = static_cast<std::uint16_t>(run.values);
  header.declaration = run.declaration;
  std::memcpy(header.run.data(), run.id, sizeof run.id);
  return in_block([&](RingFile& ring, library::BlockHeader& block) {
    auto* const at = ring.reserve(block, header.bytes);
    if (at == nullptr) return CANDOR_DROPPED;
    std::memcpy(at, &header, sizeof header);
    std::memcpy(at + sizeof header, run.value_bytes, run.bytes);
    RingFile::publish(block, header.bytes);
    return CANDOR_OK;
  });
}

candor_result Telemetry::begin(std::uint32_t declaration, std::span<const candor_value> values,
                               candor_run& run) {
  if (getrandom(run.id, sizeof run.id, GRND_NONBLOCK) != sizeof run.id) return CANDOR_DROPPED;
  const auto with = terms(declaration);
  const auto kept = write_values(with, values, run.value_bytes, sizeof run.value_bytes);
  run.telemetry = this;
  run.declaration = declaration;
  run.process = static_cast<std::uint32_t>(getpid());
  run.open = 1;
  run.began_ms = milliseconds(CLOCK_REALTIME);
  run.began_us = microseconds();
  run.values = static_cast<std::uint32_t>(kept.count);
  run.bytes = static_cast<std::uint32_t>(kept.bytes);
  run.entry = UINT32_MAX;

  slots_here();  // makes the ring where there is none yet
  auto* const ring = ring_.load(std::memory_order_acquire);
  auto* const entry = ring != nullptr ? ring->take_entry(run.entry) : nullptr;
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
  header.kind = RecordKind::kBegin;
  header.at_ms = run.began_ms;
  const auto written = write_run(header, run);
  return written == CANDOR_OK && !kept.all ? CANDOR_PARTLY : written;
}

candor_result Telemetry::end(candor_run& run, candor_outcome outcome) {
  // Its parent ends it: of a run is told once how it ended.
  if (run.process != static_cast<std::uint32_t>(getpid())) return CANDOR_OFF;
  const auto took = microseconds() - run.began_us;
  auto* const ring = ring_.load(std::memory_order_acquire);
  auto* entry = ring != nullptr ? ring->entry(run.entry) : nullptr;
  // Of a copy of a run that was ended, the entry may be another's.
  if (entry != nullptr && std::memcmp(entry->id.data(), run.id, sizeof run.id) != 0)
    entry = nullptr;
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
  header.kind = RecordKind::kEnd;
  header.outcome = static_cast<RunOutcome>(outcome);
  header.at_ms = milliseconds(CLOCK_REALTIME);
  header.took_us = took;
  const auto written = write_run(header, run);
  // Of an end that found no room the entry tells.
  if (entry == nullptr || written == CANDOR_OK) {
    if (entry != nullptr)
      std::atomic_ref(entry->state).store(RunState::kFree, std::memory_order_release);
    return written;
  }
  return CANDOR_OK;
}

}  // namespace candor::sdk
