#include "process.h"

#include <pthread.h>

#include <array>
#include <cerrno>
#include <memory>

#include "library/limits.h"

extern "C" {
__thread struct candor_thread candor_this_thread;
}

namespace candor::sdk {
namespace {

static_assert(std::size(candor_thread{}.slots) == library::kMaxProducts);

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
std::array<Telemetry*, library::kMaxProducts> products{};  // by place; never taken away
pthread_once_t once = PTHREAD_ONCE_INIT;
pthread_key_t thread_end;
bool is_prepared = false;

void before_fork() { pthread_mutex_lock(&mutex); }
void after_fork_in_parent() { pthread_mutex_unlock(&mutex); }
// The ring, and the block of the thread that forked, are the parent's.
void after_fork_in_child() {
  candor_this_thread = {};
  pthread_setspecific(thread_end, nullptr);
  for (auto* const product : products) {
    if (product != nullptr) product->leave_ring();
  }
  pthread_mutex_unlock(&mutex);
}

void give_back_blocks(void*) {
  for (auto*& slots : candor_this_thread.slots) {
    if (slots == nullptr) continue;
    RingFile::give_back(RingFile::block_of(slots));
    slots = nullptr;
  }
}

void prepare() {
  is_prepared = pthread_key_create(&thread_end, give_back_blocks) == 0 &&
                pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

}  // namespace

ProcessLock::ProcessLock() : errno_(errno) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelled_);
  pthread_mutex_lock(&mutex);
}

ProcessLock::~ProcessLock() {
  pthread_mutex_unlock(&mutex);
  pthread_setcancelstate(cancelled_, nullptr);
  errno = errno_;
}

bool give_back_at_thread_end() { return pthread_setspecific(thread_end, &candor_this_thread) == 0; }

candor_telemetry* start_product(std::string_view product, const char* state_folder) {
  pthread_once(&once, prepare);
  if (!is_prepared) return nullptr;
  const ProcessLock lock;
  for (std::uint32_t place = 0; place < products.size(); ++place) {
    auto*& at = products[place];
    if (at == nullptr) {
      at = Telemetry::open(product, library_folder(state_folder), place,
                           is_automation_by_environment())
               .release();
      return at;
    }
    if (at->product() == product) {
      at->switch_on();
      return at;
    }
  }
  return nullptr;
}

}  // namespace candor::sdk
