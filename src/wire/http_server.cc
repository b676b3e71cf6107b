#include "wire/http_server.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "base/files.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/numbers.h"
#include "wire/http_session.h"

namespace candor {
namespace beast_server {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::chrono::milliseconds kAcceptPause{100};  // after EMFILE and the like

Error cannot_listen(std::string_view where, const std::string& why) {
  return Error{ErrorKind::kCannotCreate, fmt::format("cannot listen on {}: {}", where, why)};
}

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

Result<Endpoint> parse_listen(std::string_view listen) {
  const auto colon = listen.rfind(':');
  const auto port = colon == std::string_view::npos
                        ? std::nullopt
                        : parse_unsigned<std::uint16_t>(listen.substr(colon + 1));
  if (!port) {
    return Error{
        ErrorKind::kConfiguration,
        fmt::format(
            "listen = \"{}\" is no address. Expected HOST:PORT, for example 127.0.0.1:8080.",
            listen)};
  }
  std::string host(listen.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  return Endpoint{host, *port};
}

Result<std::unique_ptr<asio::ssl::context>> make_tls(const TlsServerOptions& options) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  beast::error_code error;
  const int version = options.min_version == "TLS13" ? TLS1_3_VERSION : TLS1_2_VERSION;
  SSL_CTX_set_min_proto_version(context->native_handle(), version);
  context->use_certificate_chain_file(options.cert_file, error);
  if (error) {
    return Error{ErrorKind::kConfiguration, fmt::format("cert_file {} is not a PEM certificate: {}",
                                                        options.cert_file, error.message())};
  }
  context->use_private_key_file(options.key_file, asio::ssl::context::pem, error);
  if (error) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("key_file {} is not the PEM key of cert_file: {}", options.key_file,
                             error.message())};
  }
  return context;
}

class Server final : public HttpServer {
 public:
  Server(HttpServerOptions options, HttpHandler handler)
      : io_(std::max(1, options.threads)),
        tcp_acceptor_(asio::make_strand(io_)),
        unix_acceptor_(asio::make_strand(io_)),
        accept_pause_(io_),
        shared_(std::make_shared<Shared>()) {
    shared_->options = std::move(options);
    shared_->handler = std::move(handler);
  }

  ~Server() override { stop(std::chrono::milliseconds(0)); }

  Status listen() {
    const std::string_view where = shared_->options.listen;
    if (shared_->options.tls) {
      CANDOR_ASSIGN(context, make_tls(*shared_->options.tls));
      tls_ = std::move(context);
    }
    CANDOR_TRY(where.starts_with(kUnixPrefix) ? listen_unix(where.substr(kUnixPrefix.size()))
                                              : listen_tcp(where));
    for (int i = 0; i < std::max(1, shared_->options.threads); ++i) {
      threads_.emplace_back([this] { io_.run(); });
    }
    return Ok{};
  }

  std::uint16_t port() const override { return port_; }

  void stop(std::chrono::milliseconds grace) override {
    if (shared_->stopping.exchange(true)) return;
    asio::post(tcp_acceptor_.get_executor(), [this] { close_acceptor(tcp_acceptor_); });
    asio::post(unix_acceptor_.get_executor(), [this] { close_acceptor(unix_acceptor_); });
    asio::post(io_, [this] { accept_pause_.cancel(); });
    const auto began = std::chrono::steady_clock::now();
    for (std::chrono::nanoseconds since{0}; since < grace;
         since = std::chrono::steady_clock::now() - began) {
      // A request may be on its way on a connection that is idle here: its answer is the last.
      if (since < kLastRequestTime ? count_sessions() == 0 : close_idle_sessions() == 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    io_.stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  }

 private:
  template <typename Acceptor>
  static void close_acceptor(Acceptor& acceptor) {
    beast::error_code ignored;
    acceptor.close(ignored);
  }

  Status listen_tcp(std::string_view where) {
    CANDOR_ASSIGN(endpoint, parse_listen(where));
    beast::error_code error;
    const auto address = asio::ip::make_address(endpoint.host, error);
    if (error) {
      return Error{ErrorKind::kConfiguration,
                   fmt::format("listen = \"{}\": \"{}\" is no IP address", where, endpoint.host)};
    }
    tcp_acceptor_.open(address.is_v6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), error);
    if (!error) tcp_acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) tcp_acceptor_.bind({address, endpoint.port}, error);
    if (!error) tcp_acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return cannot_listen(where, error.message());
    port_ = tcp_acceptor_.local_endpoint().port();
    asio::post(tcp_acceptor_.get_executor(), [this] { accept_tcp(); });
    return Ok{};
  }

  Status listen_unix(std::string_view path) {
    unix_path_ = std::string(path);
    ::unlink(unix_path_.c_str());
    beast::error_code error;
    unix_acceptor_.open(asio::local::stream_protocol(), error);
    asio::local::stream_protocol::endpoint endpoint;
    try {
      endpoint.path(unix_path_);
    } catch (const boost::system::system_error&) {
      return cannot_listen(
          path, "the path of a socket has at most 107 bytes; choose a shorter data folder");
    }
    // Nobody may connect between bind and chmod.
    const mode_t mask = ::umask(0177);
    if (!error) unix_acceptor_.bind(endpoint, error);
    ::umask(mask);
    if (!error) unix_acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return cannot_listen(path, error.message());
    asio::post(unix_acceptor_.get_executor(), [this] { accept_unix(); });
    return Ok{};
  }

  // Out of descriptors or memory: wait a moment instead of spinning.
  template <typename Next>
  void pause_accepting(Next next) {
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this, next](beast::error_code error) {
      if (!error && !shared_->stopping) next();
    });
  }

  void accept_tcp() {
    tcp_acceptor_.async_accept(
        asio::make_strand(io_), [this](beast::error_code error, asio::ip::tcp::socket socket) {
          if (error == asio::error::operation_aborted || shared_->stopping) return;
          if (error) return pause_accepting([this] { accept_tcp(); });
          beast::error_code ignored;
          socket.set_option(asio::ip::tcp::no_delay(true), ignored);
          const auto address = socket.remote_endpoint(ignored).address();
          const auto text = address.to_string();
          if (tls_) {
            start_session(TlsTcp(PlainTcp(std::move(socket)), *tls_), text, is_loopback_host(text));
          } else {
            start_session(PlainTcp(std::move(socket)), text, is_loopback_host(text));
          }
          accept_tcp();
        });
  }

  void accept_unix() {
    unix_acceptor_.async_accept(
        asio::make_strand(io_),
        [this](beast::error_code error, asio::local::stream_protocol::socket socket) {
          if (error == asio::error::operation_aborted || shared_->stopping) return;
          if (error) return pause_accepting([this] { accept_unix(); });
          start_session(UnixStream(std::move(socket)), "", true);
          accept_unix();
        });
  }

  template <typename Stream>
  void start_session(Stream stream, std::string peer, bool loopback) {
    auto session =
        std::make_shared<Session<Stream>>(std::move(stream), std::move(peer), loopback, shared_);
    {
      const MutexLock lock(sessions_mutex_);
      // Swept when it has doubled, so that the list costs nothing per connection.
      if (sessions_.size() >= sweep_at_) {
        std::erase_if(sessions_, [](const auto& s) { return s.expired(); });
        sweep_at_ = std::max<std::size_t>(64, sessions_.size() * 2);
      }
      sessions_.push_back(session);
    }
    session->run();
  }

  std::size_t count_sessions() {
    const MutexLock lock(sessions_mutex_);
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                  [](const auto& s) { return !s.expired(); }));
  }

  std::size_t close_idle_sessions() {
    const MutexLock lock(sessions_mutex_);
    std::size_t alive = 0;
    for (const auto& weak : sessions_) {
      if (const auto session = weak.lock()) {
        session->close_if_idle();
        ++alive;
      }
    }
    return alive;
  }

  asio::io_context io_;
  // The threads stay until stop() ends: while all requests wait for an answer, there is no work.
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<asio::ssl::context> tls_;
  asio::ip::tcp::acceptor tcp_acceptor_;
  asio::local::stream_protocol::acceptor unix_acceptor_;
  asio::steady_timer accept_pause_;
  std::shared_ptr<Shared> shared_;
  std::string unix_path_;
  std::uint16_t port_ = 0;
  Mutex sessions_mutex_;
  std::vector<std::weak_ptr<SessionBase>> sessions_ CANDOR_GUARDED_BY(sessions_mutex_);
  std::size_t sweep_at_ CANDOR_GUARDED_BY(sessions_mutex_) = 64;
  std::vector<std::thread> threads_;
};

}  // namespace
}  // namespace beast_server

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options,
                                                      HttpHandler handler) {
  auto server = std::make_unique<beast_server::Server>(std::move(options), std::move(handler));
  CANDOR_TRY(server->listen());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace candor
