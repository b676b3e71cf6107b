// One thread of the HTTP server and the connections it serves. Only the server's own files include
// this.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/files.h"
#include "wire/http_answers.h"
#include "wire/http_listener.h"
#include "wire/http_session.h"

namespace candor {

// Waits for its sockets with epoll, edge-triggered: each is told of once, when it is accepted, and
// costs no further call but its reads and writes.
class HttpReactor {
 public:
  // Where a connection goes that this reactor accepted; any reactor's mailbox.
  using Deal = std::function<HttpMailbox&()>;

  // All that is handed in outlives this.
  HttpReactor(const HttpServerOptions& options, const HttpHandler& handler, HttpListener& listener,
              Deal deal);
  ~HttpReactor();  // after join(), if it was started
  HttpReactor(const HttpReactor&) = delete;
  HttpReactor& operator=(const HttpReactor&) = delete;

  Status prepare();                          // kCannotCreate
  void start(std::function<void()> on_end);  // which is called on its thread, last

  HttpMailbox& mailbox() { return *desk_.mailbox; }

  // Any thread:
  void finish();  // ends when the requests under way are answered
  void end();     // ends now
  void join();

 private:
  void run();
  void turn();
  int sleep_time();
  void accept();
  void watch_listener();
  void leave_listener();
  void open_mail();
  void adopt(NewConnection connection);
  void after(HttpSession& session, HttpSession::After what);
  void remove(HttpSession& session);
  void begin_stopping();
  void tick();
  // May take sessions out: each place is looked at again when another one moved there.
  template <typename Look>
  void for_each_session(Look look);

  enum class Order { kServe, kFinish, kEnd };

  HttpListener& listener_;
  const Deal deal_;
  HttpTime tick_;
  FileDescriptor epoll_;
  HttpDesk desk_;
  HttpMailbox::Mail mail_;
  std::atomic<Order> order_{Order::kServe};
  bool listens_ = false;
  HttpTime listen_again_ = kNever;
  HttpTime next_tick_{0};
  std::vector<std::unique_ptr<HttpSession>> sessions_;
  std::vector<std::unique_ptr<HttpSession>> gone_;  // until the turn is over
  std::vector<HttpSession*> turns_;                 // wait for their next turn
  std::thread thread_;
};

}  // namespace candor
