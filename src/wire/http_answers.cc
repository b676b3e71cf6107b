#include "wire/http_answers.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace candor {
namespace {

thread_local const HttpTicket* handled_here = nullptr;

}  // namespace

HttpMailbox::HttpMailbox() : wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

HttpMailbox::~HttpMailbox() { close(); }

void HttpMailbox::put(HttpTicket& answered) {
  bool sleeping = false;
  bool closed = false;
  {
    const MutexLock lock(mutex_);
    closed = closed_;
    if (!closed) mail_.answered.push_back(&answered);
    sleeping = std::exchange(asleep_, false);
  }
  if (closed) return answered.release();
  if (sleeping) wake();
}

void HttpMailbox::put(NewConnection connection) {
  {
    const MutexLock lock(mutex_);
    if (closed_) return;
    mail_.connections.push_back(std::move(connection));
    if (!std::exchange(asleep_, false)) return;
  }
  wake();
}

void HttpMailbox::wake() {
  wakes_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_.get(), &one, sizeof one);
}

bool HttpMailbox::may_sleep() {
  const MutexLock lock(mutex_);
  asleep_ = mail_.answered.empty() && mail_.connections.empty();
  return asleep_;
}

void HttpMailbox::take(Mail& mail) {
  mail.answered.clear();
  mail.connections.clear();
  const MutexLock lock(mutex_);
  asleep_ = false;
  std::swap(mail, mail_);
}

void HttpMailbox::close() {
  {
    const MutexLock lock(mutex_);
    closed_ = true;
  }
  Mail mail;
  take(mail);
  for (auto* ticket : mail.answered) ticket->release();
}

HttpTicket::HttpTicket(HttpSession* session, std::shared_ptr<HttpMailbox> mailbox)
    : session_(session), mailbox_(std::move(mailbox)) {}

void HttpTicket::answer(HttpResponse response) {
  if (taken_.exchange(true, std::memory_order_acq_rel)) return;
  response_ = std::move(response);
  if (handled_here == this) {
    settled_ = true;
    return;
  }
  references_.fetch_add(1, std::memory_order_relaxed);
  mailbox_->put(*this);
}

void HttpTicket::let_go() {
  if (taken_.exchange(true, std::memory_order_acq_rel)) return release();
  given_up_ = true;
  if (handled_here == this) {
    settled_ = true;
    return release();
  }
  // The reactor may be done with this ticket before put() is.
  const auto mailbox = mailbox_;
  mailbox->put(*this);
}

bool HttpTicket::use_again() {
  if (references_.load(std::memory_order_acquire) != 1) return false;
  references_.store(2, std::memory_order_relaxed);
  taken_.store(false, std::memory_order_relaxed);
  settled_ = false;
  given_up_ = false;
  return true;
}

void HttpTicket::leave() {
  session_ = nullptr;
  release();
}

void HttpTicket::release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

HttpTicket::Handling::Handling(const HttpTicket& ticket) { handled_here = &ticket; }
HttpTicket::Handling::~Handling() { handled_here = nullptr; }

}  // namespace candor
