#include "wire/http_client.h"

#include <fmt/format.h>

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "wire/http_connection.h"
#include "wire/limits.h"

namespace candor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Message = http::request<http::span_body<const char>>;  // of the caller's bytes

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
    HttpWay way{std::move(url), request.unix_socket, std::nullopt, request.ca_file};
    if (way.socket.empty() && request.proxy_use == ProxyUse::kAsConfigured) {
      CANDOR_ASSIGN(proxy, proxy_on_the_way(way.url, request.proxy));
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
    const auto by = std::chrono::steady_clock::now() + request.connect_timeout;
    CANDOR_ASSIGN(connection, connector_.connect(way, pace.until(by)));
    bool answered = false;
    return exchange(way, std::move(connection), message, request, pace, answered);
  }

  static Message message_of(const HttpWay& way, const ClientRequest& request) {
    Message message;
    message.version(11);
    message.method_string(request.method);
    const bool absolute = way.proxy && !way.is_tunnel();
    message.target(way.target());
    message.set(http::field::host, host_header_of(way.url));
    if (!way.url.user.empty()) message.set(http::field::authorization, basic_of(way.url));
    if (absolute && !way.proxy->user.empty())
      message.set(http::field::proxy_authorization, basic_of(*way.proxy));
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

  static Status send_pieces(BeastWire& wire, const Message& message,
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
  Result<ClientResponse> exchange(const HttpWay& way, HttpConnection connection,
                                  const Message& message, const ClientRequest& request,
                                  const Pace& pace, bool& answered) {
    BeastWire wire(*connection.stream, pace);
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
      if (way.proxy && response.result_int() == 407)
        return error_at_proxy(way, refused_by_proxy(407));
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

  std::optional<HttpConnection> kept_;
  HttpConnector connector_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client() { return std::make_unique<BeastClient>(); }

}  // namespace candor
