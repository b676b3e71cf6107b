// How answers come back to the thread that serves the connection, from any thread. Only the
// server's own files include this.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/mutex.h"
#include "wire/http_server.h"

namespace candor {

class HttpSession;
class HttpTicket;

// A connection that was accepted and not yet served.
struct NewConnection {
  FileDescriptor fd;
  std::string peer;  // as in HttpRequest
  bool peer_is_loopback = false;
};

// What other threads leave for one reactor. It is woken once for all that comes while it sleeps.
class HttpMailbox {
 public:
  HttpMailbox();
  ~HttpMailbox();

  // Any thread. After close() what comes is forgotten.
  void put(HttpTicket& answered);  // takes one of the ticket's references
  void put(NewConnection connection);
  void wake();

  // The reactor's thread only:
  int wake_fd() const { return wake_fd_.get(); }  // for edge-triggered polling; never read
  // False when there is something to take; otherwise the next put() wakes.
  bool may_sleep();
  struct Mail {
    std::vector<HttpTicket*> answered;  // the oldest first, each with a reference
    std::vector<NewConnection> connections;
  };
  void take(Mail& mail);  // replaces what is in it
  void close();

  std::uint64_t wakes() const { return wakes_.load(); }

 private:
  const FileDescriptor wake_fd_;
  std::atomic<std::uint64_t> wakes_{0};
  Mutex mutex_;
  Mail mail_ CANDOR_GUARDED_BY(mutex_);
  bool asleep_ CANDOR_GUARDED_BY(mutex_) = false;
  bool closed_ CANDOR_GUARDED_BY(mutex_) = false;
};

// The right to answer one request. The session holds it, all copies of Respond hold it together,
// and the mailbox while it carries the answer.
class HttpTicket final : public Respond::Slot {
 public:
  HttpTicket(HttpSession* session, std::shared_ptr<HttpMailbox> mailbox);

  // Any thread: the first answer counts.
  void answer(HttpResponse response) override;
  void let_go() override;  // unanswered: the mailbox brings it as given up

  // The reactor's thread only:
  class Handling;                               // while the handler of this ticket runs
  bool is_settled() const { return settled_; }  // answered or given up before the handler returned
  bool is_given_up() const { return given_up_; }
  HttpResponse& response() { return response_; }
  HttpSession* session() const { return session_; }
  // For the next request, when nobody else holds it any more; otherwise false.
  bool use_again();
  void leave();    // the session will not use it any more
  void release();  // gives one reference back

 private:
  ~HttpTicket() = default;

  HttpSession* session_;  // null when the connection is gone
  const std::shared_ptr<HttpMailbox> mailbox_;
  std::atomic<int> references_{2};
  std::atomic<bool> taken_{false};
  bool settled_ = false;
  bool given_up_ = false;
  HttpResponse response_;
};

// While it lives, what this thread answers on that ticket stays with the ticket.
class HttpTicket::Handling {
 public:
  explicit Handling(const HttpTicket& ticket);
  ~Handling();
  Handling(const Handling&) = delete;
  Handling& operator=(const Handling&) = delete;
};

}  // namespace candor
