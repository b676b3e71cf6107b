// What the relay answers to browsers, and the events that wait in memory to be sealed.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/relay/relay_books.h"
#include "agent/seal/seal_events.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "visitor/visitors.h"
#include "wire/http_server.h"

namespace candor {

// What may leave now. `stands` is false once the operator decided anew; any thread.
struct EventLeave {
  std::shared_ptr<EventSieve> sieve;
  std::function<bool()> stands;
};
using EventLeavePtr = std::shared_ptr<const EventLeave>;

// Events for one file, and the leave they were taken under. Empty: none.
struct EventHarvest {
  std::vector<LeavingEvent> events;
  EventLeavePtr leave;
};

// Safe from any thread.
class EventDesk {
 public:
  // All of them outlive it.
  EventDesk(Visitors& visitors, RelayBooks& books, const Clock& clock)
      : visitors_(visitors), books_(books), clock_(clock) {}

  // How large a request of that address may be.
  static std::uint64_t body_limit(std::string_view method, std::string_view path);
  // Never waits. The address and the User-Agent of the request go with it.
  HttpResponse answer(const HttpRequest& request);

  // What may leave from now on; nullptr: nothing. What waits under a leave that no longer stands is
  // dropped, and so is what the new one would not let through.
  void allow(EventLeavePtr leave);

  // Waits until there are events for a whole file, the oldest one waited for `patience()`, there
  // are counts to write, or a stop is asked for. Whether there is something to take: more than
  // counts.
  bool wait(const std::stop_token& stop, const std::function<Millis()>& patience);
  // Hands out what is there for one file.
  EventHarvest take();
  // Something changed that `patience` looks at.
  void wake();

 private:
  HttpResponse take_event(const HttpRequest& request);
  void put(const EventLeavePtr& leave, const std::string& name, const std::string& visitor,
           const Json& document, Instant now, std::uint64_t& dropped) CANDOR_REQUIRES(mutex_);
  void clear() CANDOR_REQUIRES(mutex_);
  void clear_all_but(const EventSieve& sieve) CANDOR_REQUIRES(mutex_);
  bool is_file() const CANDOR_REQUIRES(mutex_);

  Visitors& visitors_;
  RelayBooks& books_;
  const Clock& clock_;
  Mutex mutex_;
  Condition changed_;
  EventLeavePtr leave_ CANDOR_GUARDED_BY(mutex_);
  std::deque<LeavingEvent> waiting_ CANDOR_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ CANDOR_GUARDED_BY(mutex_) = 0;
  using Moment = std::chrono::steady_clock::time_point;
  std::optional<Moment> oldest_ CANDOR_GUARDED_BY(mutex_);   // since when events wait
  std::optional<Moment> counted_ CANDOR_GUARDED_BY(mutex_);  // since when counts do
};

}  // namespace candor
