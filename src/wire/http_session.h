// One connection of the HTTP server, over TCP, TLS or a Unix socket. Only http_server.cc includes
// this.
#pragma once

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "wire/http_server.h"
#include "wire/limits.h"
#include "wire/url.h"

namespace candor::beast_server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

using PlainTcp = beast::tcp_stream;
using TlsTcp = beast::ssl_stream<beast::tcp_stream>;
using UnixStream = beast::basic_stream<asio::local::stream_protocol, asio::any_io_executor,
                                       beast::unlimited_rate_policy>;

// What a session needs of the server that owns it; outlives the sessions.
struct Shared {
  HttpServerOptions options;
  HttpHandler handler;
  std::atomic<bool> stopping{false};
};

class SessionBase {
 public:
  virtual ~SessionBase() = default;
  virtual void close_if_idle() = 0;  // any thread
};

// Lives as long as one of its asynchronous operations or a pending answer does. All members are
// touched on the connection's strand only.
template <typename Stream>
class Session final : public SessionBase, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::string peer, bool peer_is_loopback, std::shared_ptr<Shared> shared)
      : stream_(std::move(stream)),
        peer_(std::move(peer)),
        peer_is_loopback_(peer_is_loopback),
        shared_(std::move(shared)) {}

  void run() {
    asio::dispatch(stream_.get_executor(),
                   [self = this->shared_from_this()] { self->handshake(); });
  }

  void close_if_idle() override {
    asio::post(stream_.get_executor(), [self = this->shared_from_this()] {
      if (self->idle_) self->close();
    });
  }

 private:
  // Ends the connection when nobody answered.
  struct PendingAnswer {
    explicit PendingAnswer(std::shared_ptr<Session> owner) : session(std::move(owner)) {}
    PendingAnswer(const PendingAnswer&) = delete;
    PendingAnswer& operator=(const PendingAnswer&) = delete;
    ~PendingAnswer() {
      if (!answered.load()) {
        asio::post(session->stream_.get_executor(), [s = session] { s->close(); });
      }
    }
    std::shared_ptr<Session> session;
    std::atomic<bool> answered{false};
  };

  void expire_in(std::chrono::milliseconds time) {
    beast::get_lowest_layer(stream_).expires_after(time);
  }

  void handshake() {
    if constexpr (std::is_same_v<Stream, TlsTcp>) {
      expire_in(shared_->options.header_timeout);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](beast::error_code error) {
                                if (!error) self->wait_for_request();
                              });
    } else {
      wait_for_request();
    }
  }

  // Idle until the first byte, so that the header has its own, shorter time.
  void wait_for_request() {
    if (shared_->stopping) return close();
    path_.clear();
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    parser_->body_limit(boost::none);
    if (buffer_.size() > 0) return read_header();
    idle_ = true;
    expire_in(shared_->options.idle_timeout);
    stream_.async_read_some(
        buffer_.prepare(kReadChunk),
        [self = this->shared_from_this()](beast::error_code error, std::size_t n) {
          self->idle_ = false;
          if (error) return self->close();
          self->buffer_.commit(n);
          self->read_header();
        });
  }

  void read_header() {
    expire_in(shared_->options.header_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](
                                beast::error_code error, std::size_t) { self->on_header(error); });
  }

  void on_header(beast::error_code error) {
    if (error == http::error::header_limit) return refuse(431, "The header is too large.");
    if (error == beast::error::timeout) return close();
    // Only what the parser itself says can be answered: the other side is gone, or speaks no TLS.
    if (error && error.category() != make_error_code(http::error::bad_method).category())
      return close();
    if (error == http::error::end_of_stream || error == http::error::partial_message)
      return close();
    if (error) return refuse(400, "This is not an HTTP/1.1 request.");
    const auto& head = parser_->get();
    if (!split_target(head.target())) return refuse(400, "The request target is not a path.");
    const auto& limit_of = shared_->options.body_limit;
    const auto limit =
        limit_of ? limit_of(std::string_view(head.method_string()), path_) : kDefaultBodyLimit;
    // Asked here and not by the parser alone: a length that is announced is refused before it is
    // read.
    if (parser_->content_length() && *parser_->content_length() > limit) return too_large();
    parser_->body_limit(limit);
    expire_in(shared_->options.body_timeout);
    if (beast::iequals(head[http::field::expect], "100-continue")) return send_continue();
    read_body();
  }

  void send_continue() {
    auto response = std::make_shared<http::response<http::empty_body>>(http::status::continue_, 11);
    http::async_write(
        stream_, *response,
        [self = this->shared_from_this(), response](beast::error_code error, std::size_t) {
          if (error) return self->close();
          self->read_body();
        });
  }

  void read_body() {
    // A timer of its own: the stream's closes the socket, and then nothing can be answered.
    beast::get_lowest_layer(stream_).expires_never();
    reading_body_ = true;
    body_timer_.expires_after(shared_->options.body_timeout);
    body_timer_.async_wait([self = this->shared_from_this()](beast::error_code error) {
      if (error || !self->reading_body_) return;
      self->too_slow_ = true;
      beast::get_lowest_layer(self->stream_).cancel();
    });
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](beast::error_code error, std::size_t) {
                       self->reading_body_ = false;
                       self->body_timer_.cancel();
                       if (error == http::error::body_limit) return self->too_large();
                       if (error && self->too_slow_)
                         return self->refuse(408, "The request body did not arrive in time.");
                       if (error) return self->close();
                       self->too_slow_ = false;
                       self->dispatch();
                     });
  }

  void dispatch() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    is_head_ = message.method() == http::verb::head;
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.path = std::move(path_);
    request.query = std::move(query_);
    for (const auto& field : message) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    request.body = std::move(message.body());
    request.peer = peer_;
    request.peer_is_loopback = peer_is_loopback_;
    request.over_tls = std::is_same_v<Stream, TlsTcp>;
    // The handler may take its time; its own limits end it, not the socket's.
    beast::get_lowest_layer(stream_).expires_never();
    auto pending = std::make_shared<PendingAnswer>(this->shared_from_this());
    shared_->handler(std::move(request), [pending](HttpResponse response) {
      if (pending->answered.exchange(true)) return;
      asio::post(pending->session->stream_.get_executor(),
                 [session = pending->session, answer = std::move(response)]() mutable {
                   session->write(std::move(answer), AfterWrite::kNext);
                 });
    });
  }

  enum class AfterWrite { kNext, kDrain };

  void write(HttpResponse answer, AfterWrite after) {
    auto response = std::make_shared<http::response<http::string_body>>();
    response->version(11);
    response->result(static_cast<unsigned>(answer.status));
    for (const auto& header : answer.headers) response->insert(header.name, header.value);
    if (!answer.content_type.empty()) response->set(http::field::content_type, answer.content_type);
    const bool keep = keep_alive_ && after == AfterWrite::kNext && !shared_->stopping;
    response->keep_alive(keep);
    const auto length = answer.body.size();
    if (!is_head_) response->body() = std::move(answer.body);
    if (answer.status != 204 && answer.status != 304) response->content_length(length);
    expire_in(shared_->options.body_timeout);
    auto done = [self = this->shared_from_this(), response, keep, after](beast::error_code error,
                                                                         std::size_t) {
      if (error) return self->close();
      if (after == AfterWrite::kDrain) return self->start_drain();
      if (!keep) return self->close();
      self->wait_for_request();
    };
    if (is_head_) {
      serializer_ = std::make_unique<http::response_serializer<http::string_body>>(*response);
      http::async_write_header(stream_, *serializer_, std::move(done));
    } else {
      http::async_write(stream_, *response, std::move(done));
    }
  }

  void too_large() { refuse(413, "The request body is larger than this address takes."); }

  void refuse(int status, std::string_view why) {
    const auto& answer = shared_->options.on_bad_request;
    HttpResponse response;
    if (answer) {
      response = answer(status, path_, why);
    } else {
      response.status = status;
      response.content_type = "text/plain";
      response.body = std::string(why) + "\n";
    }
    write(std::move(response), AfterWrite::kDrain);
  }

  // A client that is still sending sees a reset instead of the answer unless its bytes are read.
  void start_drain() {
    beast::error_code ignored;
    if constexpr (!std::is_same_v<Stream, TlsTcp>) {
      beast::get_lowest_layer(stream_).socket().shutdown(asio::socket_base::shutdown_send, ignored);
    }
    expire_in(kDrainTime);
    drain(0);
  }

  void drain(std::uint64_t so_far) {
    buffer_.clear();
    if (so_far > kMaxDrainBytes) return close();
    stream_.async_read_some(
        buffer_.prepare(kReadChunk),
        [self = this->shared_from_this(), so_far](beast::error_code error, std::size_t n) {
          if (error) return self->close();
          self->drain(so_far + n);
        });
  }

  void close() {
    beast::error_code ignored;
    auto& socket = beast::get_lowest_layer(stream_).socket();
    socket.shutdown(asio::socket_base::shutdown_both, ignored);
    beast::get_lowest_layer(stream_).close();
  }

  // Splits origin-form and absolute-form (what a client of a proxy sends) into path and query.
  bool split_target(std::string_view target) {
    if (target.starts_with("http://") || target.starts_with("https://")) {
      const auto path = target.find('/', target.find("://") + 3);
      target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    }
    if (!target.starts_with('/')) return false;
    const auto question = std::min(target.find('?'), target.size());
    path_ = url_decode(target.substr(0, question), UrlPart::kPath);
    query_ = std::string(target.substr(std::min(question + 1, target.size())));
    return path_.find('\0') == std::string::npos;
  }

  static constexpr std::size_t kReadChunk = 16 * 1024;

  Stream stream_;
  asio::steady_timer body_timer_{stream_.get_executor()};
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::unique_ptr<http::response_serializer<http::string_body>> serializer_;
  std::string path_;
  std::string query_;
  std::string peer_;
  bool peer_is_loopback_;
  bool keep_alive_ = true;
  bool is_head_ = false;
  bool idle_ = false;
  bool reading_body_ = false;
  bool too_slow_ = false;
  std::shared_ptr<Shared> shared_;
};

}  // namespace candor::beast_server
