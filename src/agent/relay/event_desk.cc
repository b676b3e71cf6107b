#include "agent/relay/event_desk.h"

#include "agent/relay/limits.h"
#include "visitor/limits.h"
#include "visitor/plausible_answer.h"
#include "visitor/plausible_event.h"
#include "visitor/scripts.h"
#include "visitor/web_events.h"
#include "wire/compression.h"
#include "wire/origins.h"

namespace candor {
namespace {

constexpr std::string_view kEventPath = "/api/event";

HttpResponse plain(int status, std::string text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

HttpResponse only(std::string_view methods) {
  auto response = plain(405, "This address takes " + std::string(methods) + " only.\n");
  response.headers.push_back({"Allow", std::string(methods)});
  return response;
}

std::string_view reason_of(const LeftOut& left_out) {
  switch (left_out.reason) {
    case LeftOut::Reason::kUndeclared:
      return "undeclared";
    case LeftOut::Reason::kNever:
      return "never";
    case LeftOut::Reason::kChannelOff:
      return "channel_off";
    case LeftOut::Reason::kNotAgreed:
      return "not_agreed";
    case LeftOut::Reason::kExpired:
      return "expired";
    case LeftOut::Reason::kOutOfBounds:
      break;
  }
  return "out_of_bounds";
}

// Who sent it, as the product's web server says: X-Forwarded-For. A browser can write the other
// headers of addresses, and a web server passes them on.
HttpRequest sender_of(const HttpRequest& request) {
  HttpRequest sender;
  sender.peer = request.peer;
  for (const auto* name : {"User-Agent", "X-Forwarded-For"})
    sender.headers.push_back({name, std::string(request.header(name))});
  return sender;
}

}  // namespace

std::uint64_t EventDesk::body_limit(std::string_view, std::string_view path) {
  return path == kEventPath ? kMaxPlausibleBodyBytes : 0;
}

HttpResponse EventDesk::answer(const HttpRequest& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (is_script(request.path)) return reads ? script(request, request.path) : only("GET, HEAD");
  if (request.path != kEventPath)
    return plain(404, "The relay serves /js/script.js, /js/rating.js and /api/event.\n");
  if (request.method == "POST") return take_event(request);
  if (request.method != "OPTIONS") return only("POST");
  HttpResponse response;
  response.status = 204;
  allow_origins(response, "Content-Type");
  return response;
}

HttpResponse EventDesk::take_event(const HttpRequest& request) {
  EventLeavePtr leave;
  {
    const MutexLock lock(mutex_);
    leave = leave_;
    if (!counted_) counted_ = std::chrono::steady_clock::now();
  }
  changed_.notify_all();
  books_.received(1);
  // Nothing of it is looked at: nobody agreed to that.
  if (!leave) {
    books_.dropped("off");
    return plausible_taken(1);
  }
  const auto body =
      decode_content(request.header("Content-Encoding"), request.body, kMaxPlausibleBodyBytes);
  if (!body.ok()) {
    books_.dropped("bad_event");
    return plausible_refused(body.error().kind == ErrorKind::kUsage ? 415 : 400, {},
                             body.error().message);
  }
  const auto read = read_plausible_event(*body);
  const auto* event = std::get_if<PlausibleEvent>(&read);
  if (event == nullptr) {
    books_.dropped("bad_event");
    return plausible_refused(400, std::get<FieldErrors>(read), "");
  }
  const auto now = clock_.now();
  const auto made =
      web_events_of(*event, sender_of(request), leave->sieve->contract(), &visitors_, now);
  auto dropped = made.dropped_count();
  // One was counted before it was known how many sites it is for.
  if (event->sites.size() > 1) books_.received(event->sites.size() - 1);
  for (const auto& [reason, count] : made.dropped) books_.dropped(reason, count);
  const MutexLock lock(mutex_);
  for (const auto& web_event : made.events)
    put(leave, web_event.name, web_event.visitor, web_event.document, now, dropped);
  return plausible_taken(dropped);
}

void EventDesk::put(const EventLeavePtr& leave, const std::string& name, const std::string& visitor,
                    const Json& document, Instant now, std::uint64_t& dropped) {
  const auto drop = [&](std::string_view reason) {
    books_.dropped(reason);
    ++dropped;
  };
  // It may have been decided anew since the request was looked at.
  if (!leave_ || (leave != leave_ && !leave->stands())) return drop("off");
  if (waiting_.size() == kMaxWaitingEvents || waiting_bytes_ >= kMaxWaitingEventBytes)
    return drop("too_busy");
  auto passed = leave_->sieve->pass(name, visitor, document, now);
  if (!passed.event) return drop(passed.why_not);
  for (const auto& left_out : passed.left_out) books_.left_out(reason_of(left_out));
  if (!oldest_) oldest_ = std::chrono::steady_clock::now();
  waiting_bytes_ += passed.event->bytes();
  waiting_.push_back(*std::move(passed.event));
  if (is_file()) changed_.notify_all();
}

void EventDesk::allow(EventLeavePtr leave) {
  const MutexLock lock(mutex_);
  if (!leave || (leave_ && !leave_->stands())) {
    clear();
  } else if (leave_ && leave_->sieve->contract().hash != leave->sieve->contract().hash) {
    // They passed another contract's sieve, and a file names one.
    clear();
  } else {
    clear_all_but(*leave->sieve);
  }
  leave_ = std::move(leave);
}

void EventDesk::clear_all_but(const EventSieve& sieve) {
  std::size_t bytes = 0;
  const auto gone = std::erase_if(waiting_, [&](const LeavingEvent& event) {
    if (sieve.channels().contains(event.channel())) return false;
    bytes += event.bytes();
    return true;
  });
  waiting_bytes_ -= bytes;
  books_.dropped("channel_off", gone);
  if (waiting_.empty()) oldest_.reset();
}

void EventDesk::wake() {
  // Under the mutex, so that it cannot fall between the look and the wait.
  const MutexLock lock(mutex_);
  changed_.notify_all();
}

void EventDesk::clear() {
  books_.dropped("off", waiting_.size());
  waiting_.clear();
  waiting_bytes_ = 0;
  oldest_.reset();
}

bool EventDesk::is_file() const {
  return waiting_.size() >= kMaxEventsInFile || waiting_bytes_ >= kMaxEventFileBytes;
}

bool EventDesk::wait(const std::stop_token& stop, const std::function<Millis()>& patience) {
  const std::stop_callback on_stop(stop, [this] {
    // Under the mutex, so that it cannot fall between the look and the wait.
    const MutexLock lock(mutex_);
    changed_.notify_all();
  });
  const MutexLock lock(mutex_);
  const auto never = Moment::max();
  while (!stop.stop_requested() && !is_file()) {
    const auto seal_at = oldest_ ? *oldest_ + patience() : never;
    const auto count_at = counted_ ? *counted_ + kSealAfter : never;
    const auto next = std::min(seal_at, count_at);
    const auto now = std::chrono::steady_clock::now();
    if (next == never) {
      changed_.wait(mutex_);
    } else if (now < next) {
      changed_.wait_for(mutex_, next - now);
    } else {
      counted_.reset();
      return now >= seal_at;
    }
  }
  counted_.reset();
  return true;
}

EventHarvest EventDesk::take() {
  const MutexLock lock(mutex_);
  EventHarvest harvest;
  harvest.leave = leave_;
  std::size_t bytes = 0;
  while (!waiting_.empty() && harvest.events.size() < kMaxEventsInFile &&
         bytes < kMaxEventFileBytes) {
    bytes += waiting_.front().bytes();
    harvest.events.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  waiting_bytes_ -= bytes;
  // What stays for the next file came later.
  oldest_ = waiting_.empty() ? std::nullopt : std::optional(std::chrono::steady_clock::now());
  return harvest;
}

}  // namespace candor
