// std::mutex with the annotations that clang's thread-safety analysis reads (libstdc++'s has none).
// `make tidy` checks that a field marked CANDOR_GUARDED_BY is only touched under its mutex.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define CANDOR_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define CANDOR_THREAD_ATTRIBUTE(x)
#endif
#define CANDOR_GUARDED_BY(m) CANDOR_THREAD_ATTRIBUTE(guarded_by(m))
#define CANDOR_REQUIRES(m) CANDOR_THREAD_ATTRIBUTE(requires_capability(m))
#define CANDOR_EXCLUDES(m) CANDOR_THREAD_ATTRIBUTE(locks_excluded(m))

namespace candor {

class CANDOR_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() CANDOR_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() CANDOR_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds the mutex while it lives.
class CANDOR_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) CANDOR_THREAD_ATTRIBUTE(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() CANDOR_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits on a Mutex that the caller holds; wake-ups may be spurious, so wait in a loop.
class Condition {
 public:
  void wait(Mutex& mutex) CANDOR_REQUIRES(mutex) { condition_.wait(mutex); }
  template <typename Duration>
  std::cv_status wait_for(Mutex& mutex, Duration duration) CANDOR_REQUIRES(mutex) {
    return condition_.wait_for(mutex, duration);
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable_any condition_;
};

}  // namespace candor
