// One connection of the HTTP server: its state, its time-out, and what is between two reads. Only
// the server's own files include this.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wire/http_answers.h"
#include "wire/http_request_reader.h"
#include "wire/http_response_head.h"
#include "wire/http_server.h"
#include "wire/http_socket.h"
#include "wire/limits.h"

namespace candor {

using HttpTime = std::chrono::milliseconds;  // of the reactors' clock
inline constexpr HttpTime kNever = HttpTime::max();

// What the sessions of one reactor share. Theirs while one of them runs.
struct HttpDesk {
  HttpDesk(const HttpServerOptions& server_options, const HttpHandler& server_handler)
      : options(server_options), handler(server_handler), read_buffer(kReadBytes, '\0') {}

  const HttpServerOptions& options;
  const HttpHandler& handler;
  const std::shared_ptr<HttpMailbox> mailbox = std::make_shared<HttpMailbox>();
  HttpTime now{0};
  bool stopping = false;
  std::string read_buffer;
  std::string head;                                         // of the response that is being written
  std::vector<std::unique_ptr<HttpRequestReader>> readers;  // spare

  std::unique_ptr<HttpRequestReader> lend_reader();
  void take_back(std::unique_ptr<HttpRequestReader> reader);
};

// The reactor's thread only. While it is idle it holds neither buffer nor request.
class HttpSession {
 public:
  HttpSession(NewConnection connection, SSL_CTX* tls, HttpDesk& desk);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  enum class After {
    kWait,    // something has to happen first
    kAgain,   // there is more to do, but others have waited long enough
    kClosed,  // to be destroyed
  };
  // Goes on as far as it can. `events` are epoll's.
  After on_events(std::uint32_t events);
  After on_answer(HttpTicket& ticket);  // it is answered, or given up
  After go_on();
  After on_time(HttpTime now);  // looks whether its time is up
  void on_stop();               // the desk is stopping: what is idle gets its last time

  int fd() const { return socket_.fd(); }
  std::size_t place = 0;  // the reactor's: where it keeps this
  bool waits_for_turn = false;

 private:
  enum class State { kHandshake, kIdle, kHeader, kBody, kAnswering, kWriting, kDraining, kClosed };

  bool reads() const {
    return state_ == State::kIdle || state_ == State::kHeader || state_ == State::kBody;
  }
  // Each: whether it got anywhere.
  bool shake_hands();
  bool read();
  bool flush();
  bool drain();

  std::string_view take(std::string_view bytes);
  void on_header();
  void serve();
  void refuse(const HttpRequestReader::Refusal& refusal);
  void settle();
  void write(HttpResponse response, bool keep_alive);
  void wrote();
  void wait_idle();
  void close() { state_ = State::kClosed; }

  HttpDesk& desk_;
  HttpSocket socket_;
  const std::string peer_;
  const bool peer_is_loopback_;
  State state_ = State::kHandshake;
  bool readable_ = false;  // or not known to be empty
  bool peer_ended_ = false;
  bool hungry_ = false;  // for more than is in rest_
  bool keep_alive_ = true;
  bool refused_ = false;
  bool is_head_ = false;
  bool is_version_10_ = false;
  HttpTime deadline_;
  std::unique_ptr<HttpRequestReader> reader_;  // while a request is being read
  std::string rest_;                           // read and not yet understood
  HttpTicket* ticket_ = nullptr;               // a reference
  std::string out_head_;                       // not yet written
  std::string out_body_;
  std::size_t body_written_ = 0;
  std::uint64_t drained_ = 0;
};

}  // namespace candor
