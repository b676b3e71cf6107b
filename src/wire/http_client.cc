#include "wire/http_client.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>
#include <cstdlib>

#include "base/digest.h"
#include "wire/byte_stream.h"
#include "wire/limits.h"
#include "wire/proxy.h"
#include "wire/url.h"

namespace candor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Message = http::request<http::span_body<const char>>;  // of the caller's bytes

// What Beast reads from and writes to: a ByteStream, and the error that ended it.
class Wire {
 public:
  Wire(ByteStream& stream, const Pace& pace) : stream_(stream), pace_(pace) {}

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, error_code& ec) {
    const boost::asio::mutable_buffer into = *boost::asio::buffer_sequence_begin(buffers);
    auto got = stream_.read({static_cast<char*>(into.data()), into.size()}, pace_);
    if (got.ok() && *got == 0) ec = boost::asio::error::eof;
    return taken(std::move(got), ec);
  }

  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, error_code& ec) {
    for (auto piece = boost::asio::buffer_sequence_begin(buffers);
         piece != boost::asio::buffer_sequence_end(buffers); ++piece) {
      const boost::asio::const_buffer bytes = *piece;
      if (bytes.size() == 0) continue;
      return taken(stream_.write({static_cast<const char*>(bytes.data()), bytes.size()}, pace_),
                   ec);
    }
    return 0;
  }

  // Beast asks that these be there, and calls the others.
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    error_code ec;
    const auto n = read_some(buffers, ec);
    if (ec) throw boost::system::system_error(ec);
    return n;
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers) {
    error_code ec;
    const auto n = write_some(buffers, ec);
    if (ec) throw boost::system::system_error(ec);
    return n;
  }

  // Why it ended; Beast's own word when the stream did not fail.
  Error error(const error_code& ec) const {
    return error_ ? *error_ : Error{ErrorKind::kUnavailable, ec.message()};
  }
  bool was_stopped() const { return error_ && error_->kind == ErrorKind::kTryAgain; }

 private:
  std::size_t taken(Result<std::size_t> done, error_code& ec) {
    if (done.ok()) return *done;
    ec = boost::asio::error::connection_aborted;
    error_ = std::move(done).error();
    return 0;
  }
  ByteStream& stream_;
  const Pace& pace_;
  std::optional<Error> error_;
};

std::string authority(const Url& url) {
  const bool six = url.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", url.host, six ? "]" : "", url.port);
}

std::string host_header(const Url& url) {
  const bool usual = url.port == (url.scheme == "https" ? 443 : 80);
  auto text = authority(url);
  return usual ? text.substr(0, text.rfind(':')) : text;
}

std::string origin_form(const Url& url) {
  return fmt::format("{}{}{}", url.path.empty() ? "/" : url.path, url.query.empty() ? "" : "?",
                     url.query);
}

std::string basic(const Url& url) {
  return "Basic " + to_base64(fmt::format("{}:{}", url.user, url.password));
}

// One request's way: where to, and through what.
struct Way {
  Url url;
  std::string socket;  // of a Unix socket; empty: TCP
  std::optional<Url> proxy;
  std::string ca_file;

  // A proxy forwards what is in the open, and opens a tunnel for what is not.
  bool is_tunnel() const { return proxy && url.scheme == "https"; }
  std::string key() const {
    return fmt::format("{} {} {} {} {}", url.scheme, authority(url), socket,
                       proxy ? fmt::format("{} {} {} {}", proxy->scheme, authority(*proxy),
                                           proxy->user, proxy->password)
                             : "",
                       ca_file);
  }
};

struct Connection {
  std::string key;
  std::unique_ptr<ByteStream> stream;
  beast::flat_buffer buffer;  // what was read beyond the last answer
};

class BeastClient final : public HttpClient {
 public:
  Result<ClientResponse> send(const ClientRequest& request) override {
    CANDOR_ASSIGN(url, parse_url(request.url));
    const auto named = url.without_credentials();
    auto answer = send_to(std::move(url), request);
    if (answer.ok() || answer.error().kind != ErrorKind::kUnavailable) return answer;
    return Error{ErrorKind::kUnavailable,
                 fmt::format("{} cannot be reached: {}.", named, answer.error().message)};
  }

 private:
  Result<ClientResponse> send_to(Url url, const ClientRequest& request) {
    Way way{std::move(url), request.unix_socket, std::nullopt, request.ca_file};
    if (way.socket.empty() && request.proxy_use == ProxyUse::kAsConfigured) {
      CANDOR_ASSIGN(proxy, proxy_for(way.url, request.proxy, [](std::string_view name) {
                      const char* text = std::getenv(std::string(name).c_str());
                      return std::string(text == nullptr ? "" : text);
                    }));
      way.proxy = std::move(proxy);
    }
    const Pace pace(std::chrono::steady_clock::now() + request.timeout, request.keep_going);
    const auto message = message_of(way, request);
    if (!request.next_piece && kept_ && kept_->key == way.key() && kept_->stream->is_idle()) {
      bool answered = false;
      auto connection = std::move(*kept_);
      kept_.reset();
      auto response = exchange(way, std::move(connection), message, request, pace, answered);
      // The server may have ended a kept connection just now; then it has not read the request.
      if (response.ok() || answered || response.error().kind != ErrorKind::kUnavailable)
        return response;
    }
    kept_.reset();
    CANDOR_ASSIGN(connection, connect(way, request, pace));
    bool answered = false;
    return exchange(way, std::move(connection), message, request, pace, answered);
  }

  static Message message_of(const Way& way, const ClientRequest& request) {
    Message message;
    message.version(11);
    message.method_string(request.method);
    const bool absolute = way.proxy && !way.is_tunnel();
    message.target(absolute ? "http://" + authority(way.url) + origin_form(way.url)
                            : origin_form(way.url));
    message.set(http::field::host, host_header(way.url));
    if (!way.url.user.empty()) message.set(http::field::authorization, basic(way.url));
    if (absolute && !way.proxy->user.empty())
      message.set(http::field::proxy_authorization, basic(*way.proxy));
    for (const auto& header : request.headers) message.set(header.name, header.value);
    const auto body =
        request.large_body.empty() ? std::string_view(request.body) : request.large_body;
    message.body() = {body.data(), body.size()};
    if (request.next_piece) {
      message.chunked(true);
    } else if (!body.empty() || (request.method != "GET" && request.method != "HEAD")) {
      message.content_length(body.size());
    }
    return message;
  }

  Result<Connection> connect(const Way& way, const ClientRequest& request, const Pace& whole) {
    const auto pace = whole.until(std::chrono::steady_clock::now() + request.connect_timeout);
    Connection connection{way.key(), nullptr, {}};
    if (!way.socket.empty()) {
      CANDOR_ASSIGN(local, connect_unix(way.socket));
      connection.stream = std::move(local);
      return connection;
    }
    const auto& first = way.proxy ? *way.proxy : way.url;
    auto stream = connect_tcp(first.host, first.port, pace);
    if (!stream.ok()) return at_proxy(way, std::move(stream).error());
    connection.stream = std::move(*stream);
    if (way.proxy && way.proxy->scheme == "https")
      CANDOR_TRY(secure(connection, way.ca_file, way.proxy->host, pace));
    if (way.is_tunnel()) CANDOR_TRY(open_tunnel(connection, way, pace));
    if (way.url.scheme == "https") CANDOR_TRY(secure(connection, way.ca_file, way.url.host, pace));
    return connection;
  }

  static Error at_proxy(const Way& way, Error error) {
    if (way.proxy && error.kind == ErrorKind::kUnavailable) {
      error.message =
          fmt::format("the proxy {} failed: {}", way.proxy->without_credentials(), error.message);
    }
    return error;
  }

  Status secure(Connection& connection, const std::string& ca_file, const std::string& host,
                const Pace& pace) {
    if (!trust_ || trust_file_ != ca_file) {
      CANDOR_ASSIGN(loaded, load_trust(ca_file));
      trust_ = std::move(loaded);
      trust_file_ = ca_file;
    }
    CANDOR_ASSIGN(stream, start_tls(std::move(connection.stream), trust_, host, pace));
    connection.stream = std::move(stream);
    return Ok{};
  }

  static Status open_tunnel(Connection& connection, const Way& way, const Pace& pace) {
    http::request<http::empty_body> message;
    message.version(11);
    message.method(http::verb::connect);
    message.target(authority(way.url));
    message.set(http::field::host, authority(way.url));
    if (!way.proxy->user.empty()) message.set(http::field::proxy_authorization, basic(*way.proxy));
    Wire wire(*connection.stream, pace);
    error_code ec;
    http::write(wire, message, ec);
    http::response_parser<http::empty_body> parser;
    parser.skip(true);
    parser.header_limit(kMaxHeaderBytes);
    // A buffer of its own: what stands behind this answer was said without TLS, and must never pass
    // for what the server says.
    beast::flat_buffer buffer;
    if (!ec) http::read_header(wire, buffer, parser, ec);
    if (ec) return at_proxy(way, wire.error(ec));
    const auto status = parser.get().result_int();
    if (status / 100 != 2) return at_proxy(way, refused_by_proxy(status));
    if (buffer.size() == 0) return Ok{};
    return at_proxy(way, Error{ErrorKind::kUnavailable, "it said more than that the way is open"});
  }

  static Error refused_by_proxy(unsigned status) {
    return Error{ErrorKind::kUnavailable,
                 status == 407 ? "it answered 407: it wants a user and a password, or others than "
                                 "those configured (`proxy`, `proxy_password_file`)"
                               : fmt::format("it answered {}", status)};
  }

  static Status send_pieces(Wire& wire, const Message& message,
                            const std::function<Result<std::string_view>()>& next_piece,
                            error_code& unsent) {
    http::request<http::empty_body> head(message.base());
    http::request_serializer<http::empty_body> serializer(head);
    http::write_header(wire, serializer, unsent);
    while (!unsent) {
      CANDOR_ASSIGN(piece, next_piece());
      if (piece.empty()) {
        boost::asio::write(wire, http::make_chunk_last(), unsent);
        break;
      }
      boost::asio::write(wire, http::make_chunk(boost::asio::buffer(piece)), unsent);
    }
    return Ok{};
  }

  // One request and its answer; `answered` says whether a byte of the answer came.
  Result<ClientResponse> exchange(const Way& way, Connection connection, const Message& message,
                                  const ClientRequest& request, const Pace& pace, bool& answered) {
    Wire wire(*connection.stream, pace);
    error_code unsent;
    if (request.next_piece) {
      CANDOR_TRY(send_pieces(wire, message, request.next_piece, unsent));
    } else {
      http::write(wire, message, unsent);
    }
    if (wire.was_stopped()) return wire.error(unsent);
    // A server that refuses a body may answer and close before it has read all of it.
    for (;;) {
      http::response_parser<http::string_body> parser;
      parser.header_limit(kMaxHeaderBytes);
      parser.body_limit(request.max_response_bytes);
      parser.skip(request.method == "HEAD");
      error_code ec;
      http::read(wire, connection.buffer, parser, ec);
      answered = answered || parser.got_some();
      if (ec == http::error::body_limit) {
        return Error{ErrorKind::kBadData, fmt::format("{} answered more than {} bytes.",
                                                      parse_url(request.url)->without_credentials(),
                                                      request.max_response_bytes)};
      }
      if (ec) return unsent ? wire.error(unsent) : wire.error(ec);
      auto response = parser.release();
      if (response.result_int() / 100 == 1) continue;  // an interim one
      // The proxy's own word, not the server's, which a caller would take for a refusal.
      if (way.proxy && response.result_int() == 407) return at_proxy(way, refused_by_proxy(407));
      // TLS can be cut by anybody on the way; without a length nobody could tell.
      if (way.url.scheme == "https" && response.need_eof() && request.method != "HEAD") {
        return Error{ErrorKind::kUnavailable, "its answer has no length, and may have been cut"};
      }
      if (!unsent && response.keep_alive() && connection.buffer.size() == 0)
        kept_ = std::move(connection);
      return to_response(std::move(response));
    }
  }

  static ClientResponse to_response(http::response<http::string_body> response) {
    ClientResponse result;
    result.status = static_cast<int>(response.result_int());
    for (const auto& field : response) {
      result.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    result.body = std::move(response.body());
    return result;
  }

  std::optional<Connection> kept_;
  TrustStore trust_;
  std::string trust_file_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client() { return std::make_unique<BeastClient>(); }

}  // namespace candor
