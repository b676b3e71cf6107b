// What the products of this process share: a lock, and what happens when a thread ends or the
// process forks.
#pragma once

#include <string_view>

#include "telemetry.h"

namespace candor::sdk {

// Held while a ring or a block is found for a thread, once each, and across a fork. Never while
// anything is waited for but the disk. The thread is not cancelled meanwhile, and its errno stays.
class ProcessLock {
 public:
  ProcessLock();
  ~ProcessLock();
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;

 private:
  int errno_;
  int cancelled_ = 0;
};

// Has the blocks of this thread given back when it ends; false when that cannot be arranged.
bool give_back_at_thread_end();

// The product, on; nullptr when it cannot be.
candor_telemetry* start_product(std::string_view product, const char* state_folder);

}  // namespace candor::sdk
