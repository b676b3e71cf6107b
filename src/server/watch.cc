#include "server/watch.h"

#include <sys/statvfs.h>

#include "base/pause.h"
#include "server/limits.h"

namespace candor {

Watch::Watch(Watched watched) : watched_(std::move(watched)) {
  look_again();
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pause(stop, kWatchInterval);
      look_again();
    }
  });
}

void Watch::look_again() {
  EngineClientOptions options = EngineClient::default_options();
  options.connect_timeout = options.answer_timeout = kWatchInterval;
  EngineClient engine(watched_.address, options);
  CollectorCondition condition;
  const auto answer = engine.query("SELECT 1");
  condition.store_answers = answer.ok() && answer->size() == 1 && answer->integer(0, 0) == 1;
  condition.checked = system_clock().now();
  condition.disk_path = watched_.data.string();
  struct statvfs disk {};
  if (::statvfs(watched_.data.c_str(), &disk) == 0) {
    condition.disk_total = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    condition.disk_free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  }
  const MutexLock lock(mutex_);
  condition_ = std::move(condition);
}

CollectorCondition Watch::condition() const {
  CollectorCondition condition;
  {
    const MutexLock lock(mutex_);
    condition = condition_;
  }
  condition.journal = watched_.journal->state();
  condition.loader = watched_.loader->state();
  const auto seen = watched_.intake->seen_events();
  condition.seen_events = seen.keys;
  condition.seen_events_let_go = seen.let_go;
  if (watched_.engine != nullptr) condition.engine = watched_.engine->state();
  return condition;
}

}  // namespace candor
