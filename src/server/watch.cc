#include "server/watch.h"

#include "base/disk_room.h"
#include "base/log.h"
#include "base/pause.h"
#include "server/limits.h"

namespace candor {

Watch::Watch(Watched watched) : watched_(std::move(watched)) {
  look_again();
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pause(stop, kWatchInterval);
      look_again();
      if (watched_.limits != nullptr) watched_.limits->forget_old(std::chrono::steady_clock::now());
    }
  });
}

void Watch::look_again() {
  auto options = EngineClient::default_options(watched_.keep_going);
  options.connect_timeout = options.answer_timeout = kWatchInterval;
  EngineClient engine(watched_.address, options);
  CollectorCondition condition;
  const auto answer = engine.query("SELECT 1");
  condition.store_answers = answer.ok() && answer->size() == 1 && answer->integer(0, 0) == 1;
  {
    const MutexLock one_at_a_time(look_mutex_);
    condition.store_trouble = trouble_now(engine, condition.store_answers);
  }
  condition.checked = system_clock().now();
  condition.disk_path = watched_.data.string();
  if (watched_.tls) condition.certificate_not_after = not_after(watched_.tls());
  condition.disk = disk_room(watched_.data);
  const MutexLock lock(mutex_);
  condition_ = std::move(condition);
}

std::string Watch::trouble_now(EngineClient& engine, bool answers) {
  const auto now = std::chrono::steady_clock::now();
  if (watched_.engine != nullptr) {
    const auto state = watched_.engine->state();
    signs_.cannot_open = state.cannot_open;
    if (answers && (state.pid != looked_into_ || now >= next_damage_look_)) {
      // An engine that has too much to do says it the next time.
      if (look_for_damage(engine, signs_).ok()) looked_into_ = state.pid;
      next_damage_look_ = now + kDamageLook;
    }
  }
  const auto trouble = watched_.loader->state().trouble;
  if (trouble.empty()) failing_since_.reset();
  if (!trouble.empty() && !failing_since_) failing_since_ = now;
  const bool lasts = failing_since_ && now - *failing_since_ >= kStoreTroubleTime;
  // Of a store that does not answer, that is the news.
  signs_.takes_nothing = lasts && answers ? trouble : "";
  auto sentence = store_trouble(signs_);
  if (!sentence.empty() && sentence != told_) log_error("{}", sentence);
  told_ = sentence;
  return sentence;
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
