// What the products of this process share: a lock, and what happens when a thread ends or the
// process forks.
#pragma once

#include <string_view>

#include "telemetry.h"

namespace candor::sdk {

// Held while a ring or a block is found for somebody, and across a fork. Never while anything is
// waited for but the disk.
class ProcessLock {
 public:
  enum Wait { kAlways, kIfFree };
  explicit ProcessLock(Wait wait = kAlways);
  ~ProcessLock();
  ProcessLock(const ProcessLock&) = delete;
  ProcessLock& operator=(const ProcessLock&) = delete;
  bool is_held() const { return held_; }

 private:
  bool held_;
};

// Has the blocks of this thread given back when it ends; false when that cannot be arranged.
bool give_back_at_thread_end();

// The product, on; nullptr when it cannot be.
candor_telemetry* start_product(std::string_view product, const char* state_folder);

}  // namespace candor::sdk
