#include "wire/http_reactor.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "wire/limits.h"

namespace candor {
namespace {

// Good to a few milliseconds, at a fifth of the price of the exact clock.
HttpTime coarse_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::duration_cast<HttpTime>(std::chrono::seconds(now.tv_sec) +
                                              std::chrono::nanoseconds(now.tv_nsec));
}

// A quarter of the shortest time-out, so that none is met much too late.
HttpTime tick_of(const HttpServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, HttpTime(kShortestTick), HttpTime(kLongestTick));
}

// OpenSSL writes without MSG_NOSIGNAL.
void block_broken_pipes() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

HttpReactor::HttpReactor(const HttpServerOptions& options, const HttpHandler& handler,
                         HttpListener& listener, Deal deal)
    : listener_(listener),
      deal_(std::move(deal)),
      tick_(tick_of(options)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      desk_(options, handler) {}

HttpReactor::~HttpReactor() = default;

Status HttpReactor::prepare() {
  epoll_event wake{EPOLLIN | EPOLLET, {.ptr = desk_.mailbox.get()}};
  const int fd = desk_.mailbox->wake_fd();
  if (epoll_.is_open() && fd >= 0 && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &wake) == 0)
    watch_listener();
  if (listens_) return Ok{};
  return Error{ErrorKind::kCannotCreate,
               fmt::format("cannot serve HTTP: {}", std::strerror(errno))};
}

void HttpReactor::start(std::function<void()> on_end) {
  thread_ = std::thread([this, on_end = std::move(on_end)] {
    run();
    on_end();
  });
}

void HttpReactor::finish() {
  order_ = Order::kFinish;
  desk_.mailbox->wake();
}

void HttpReactor::end() {
  order_ = Order::kEnd;
  desk_.mailbox->wake();
}

void HttpReactor::join() {
  if (thread_.joinable()) thread_.join();
}

void HttpReactor::run() {
  block_broken_pipes();
  desk_.now = coarse_now();
  for (;;) {
    const auto order = order_.load();
    if (order == Order::kFinish && !desk_.stopping) begin_stopping();
    if (order == Order::kEnd || (desk_.stopping && sessions_.empty())) break;
    turn();
  }
  desk_.mailbox->close();
  turns_.clear();
  gone_.clear();
  sessions_.clear();
}

void HttpReactor::turn() {
  epoll_event events[kEventsAtOnce];
  const bool may_sleep = desk_.mailbox->may_sleep();
  const int count = ::epoll_wait(epoll_.get(), events, kEventsAtOnce, may_sleep ? sleep_time() : 0);
  desk_.now = coarse_now();
  for (int i = 0; i < count; ++i) {
    void* const whose = events[i].data.ptr;
    if (whose == &listener_) {
      accept();
    } else if (whose != desk_.mailbox.get()) {
      auto& session = *static_cast<HttpSession*>(whose);
      after(session, session.on_events(events[i].events));
    }
  }
  open_mail();
  auto turns = std::exchange(turns_, {});
  for (auto* session : turns) {
    session->waits_for_turn = false;
    after(*session, session->go_on());
  }
  if (desk_.now >= std::min(next_tick_, listen_again_)) tick();
  gone_.clear();
}

// Milliseconds; for good when there is nobody whose time could be up.
int HttpReactor::sleep_time() {
  if (!turns_.empty()) return 0;
  auto until = listen_again_;
  if (!sessions_.empty()) until = std::min(until, next_tick_);
  if (until == kNever) return -1;
  return static_cast<int>(std::max(until - desk_.now, HttpTime(0)).count());
}

// All reactors wait for connections, and the system wakes one that has nothing to do.
void HttpReactor::watch_listener() {
  epoll_event event{EPOLLIN | EPOLLEXCLUSIVE, {.ptr = &listener_}};
  listens_ = ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.fd(), &event) == 0;
  listen_again_ = kNever;
}

void HttpReactor::leave_listener() {
  if (listens_) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_.fd(), nullptr);
  listens_ = false;
}

// Dealt out in turn and not kept by who happened to be awake: long-lived connections have to be
// spread evenly.
void HttpReactor::accept() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    auto accepted = listener_.accept();
    switch (accepted.outcome) {
      case HttpListener::Outcome::kAccepted: {
        auto& to = deal_();
        if (&to == desk_.mailbox.get()) {
          adopt(std::move(accepted.connection));
        } else {
          to.put(std::move(accepted.connection));
        }
        break;
      }
      case HttpListener::Outcome::kNone:
        return;
      case HttpListener::Outcome::kNoMemory:
        // It would be told of again at once.
        leave_listener();
        listen_again_ = desk_.now + kAcceptPause;
        return;
      case HttpListener::Outcome::kStopped:
        return leave_listener();
    }
  }
}

void HttpReactor::open_mail() {
  desk_.mailbox->take(mail_);
  for (auto& connection : mail_.connections) adopt(std::move(connection));
  for (auto* ticket : mail_.answered) {
    if (auto* session = ticket->session()) after(*session, session->on_answer(*ticket));
    ticket->release();
  }
}

void HttpReactor::adopt(NewConnection connection) {
  // The session keeps it from here on, whatever the next one is served with.
  const auto tls = desk_.options.tls ? desk_.options.tls() : TlsServer();
  if (desk_.options.tls && !tls) return;
  auto session = std::make_unique<HttpSession>(std::move(connection), tls.get(), desk_);
  epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = session.get()}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, session->fd(), &event) != 0) return;
  session->place = sessions_.size();
  // The first after a pause; ticks may not have been counted meanwhile.
  if (sessions_.empty()) next_tick_ = desk_.now + tick_;
  sessions_.push_back(std::move(session));
}

void HttpReactor::after(HttpSession& session, HttpSession::After what) {
  if (what == HttpSession::After::kClosed) return remove(session);
  if (what == HttpSession::After::kAgain && !session.waits_for_turn) {
    session.waits_for_turn = true;
    turns_.push_back(&session);
  }
}

void HttpReactor::remove(HttpSession& session) {
  if (session.waits_for_turn) std::erase(turns_, &session);
  auto& place = sessions_[session.place];
  gone_.push_back(std::move(place));
  if (&place != &sessions_.back()) {
    place = std::move(sessions_.back());
    place->place = session.place;
  }
  sessions_.pop_back();
}

template <typename Look>
void HttpReactor::for_each_session(Look look) {
  for (std::size_t i = 0; i < sessions_.size();) {
    auto& session = *sessions_[i];
    after(session, look(session));
    if (i < sessions_.size() && sessions_[i].get() == &session) ++i;
  }
}

void HttpReactor::begin_stopping() {
  desk_.now = coarse_now();
  desk_.stopping = true;
  leave_listener();
  listen_again_ = kNever;
  open_mail();  // connections that were dealt out just before
  for (auto& session : sessions_) session->on_stop();
  tick_ = std::min(tick_, HttpTime(kLastRequestTime));
  next_tick_ = desk_.now + tick_;
}

void HttpReactor::tick() {
  next_tick_ = desk_.now + tick_;
  if (desk_.now >= listen_again_) watch_listener();
  for_each_session([this](HttpSession& session) { return session.on_time(desk_.now); });
}

}  // namespace candor
