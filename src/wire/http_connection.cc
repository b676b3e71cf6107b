#include "wire/http_connection.h"

#include <fmt/format.h>

#include <boost/beast/http.hpp>
#include <cstdlib>

#include "wire/basic_auth.h"
#include "wire/limits.h"
#include "wire/proxy.h"

namespace candor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

Status open_tunnel(HttpConnection& connection, const HttpWay& way, const Pace& pace) {
  http::request<http::empty_body> message;
  message.version(11);
  message.method(http::verb::connect);
  message.target(authority_of(way.url));
  message.set(http::field::host, authority_of(way.url));
  if (!way.proxy->user.empty()) message.set(http::field::proxy_authorization, basic_of(*way.proxy));
  BeastWire wire(*connection.stream, pace);
  error_code ec;
  http::write(wire, message, ec);
  http::response_parser<http::empty_body> parser;
  parser.skip(true);
  parser.header_limit(kMaxHeaderBytes);
  // A buffer of its own: what stands behind this answer was said without TLS, and must never pass
  // for what the server says.
  beast::flat_buffer buffer;
  if (!ec) http::read_header(wire, buffer, parser, ec);
  if (ec) return error_at_proxy(way, wire.error(ec));
  const auto status = parser.get().result_int();
  if (status / 100 != 2) return error_at_proxy(way, refused_by_proxy(status));
  if (buffer.size() == 0) return Ok{};
  return error_at_proxy(way,
                        Error{ErrorKind::kUnavailable, "it said more than that the way is open"});
}

}  // namespace

std::string authority_of(const Url& url) {
  const bool six = url.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", six ? "[" : "", url.host, six ? "]" : "", url.port);
}

std::string host_header_of(const Url& url) {
  const bool usual = url.port == (url.scheme == "https" ? 443 : 80);
  auto text = authority_of(url);
  return usual ? text.substr(0, text.rfind(':')) : text;
}

std::string origin_form_of(const Url& url) {
  return fmt::format("{}{}{}", url.path.empty() ? "/" : url.path, url.query.empty() ? "" : "?",
                     url.query);
}

std::string basic_of(const Url& url) { return basic_authorization(url.user, url.password); }

std::string HttpWay::target() const {
  return proxy && !is_tunnel() ? "http://" + authority_of(url) + origin_form_of(url)
                               : origin_form_of(url);
}

std::string HttpWay::key() const {
  return fmt::format("{} {} {} {} {}", url.scheme, authority_of(url), socket,
                     proxy ? fmt::format("{} {} {} {}", proxy->scheme, authority_of(*proxy),
                                         proxy->user, proxy->password)
                           : "",
                     ca_file);
}

Result<std::optional<Url>> proxy_on_the_way(const Url& url, const std::string& configured) {
  return proxy_for(url, configured, [](std::string_view name) {
    const char* text = std::getenv(std::string(name).c_str());
    return std::string(text == nullptr ? "" : text);
  });
}

Error error_at_proxy(const HttpWay& way, Error error) {
  if (way.proxy && error.kind == ErrorKind::kUnavailable) {
    error.message =
        fmt::format("the proxy {} failed: {}", way.proxy->without_credentials(), error.message);
  }
  return error;
}

Error refused_by_proxy(unsigned status) {
  return Error{ErrorKind::kUnavailable,
               status == 407 ? "it answered 407: it wants a user and a password, or others than "
                               "those configured (`proxy`, `proxy_password_file`)"
                             : fmt::format("it answered {}", status)};
}

Result<HttpConnection> HttpConnector::connect(const HttpWay& way, const Pace& pace,
                                              ConnectWatch* watch) {
  HttpConnection connection{way.key(), nullptr, {}};
  if (!way.socket.empty()) {
    CANDOR_ASSIGN(local, connect_unix(way.socket));
    connection.stream = std::move(local);
    return connection;
  }
  const auto& first = way.proxy ? *way.proxy : way.url;
  auto stream = connect_tcp(first.host, first.port, pace, watch);
  if (!stream.ok()) return error_at_proxy(way, std::move(stream).error());
  connection.stream = std::move(*stream);
  if (way.proxy && way.proxy->scheme == "https")
    CANDOR_TRY(secure(connection, way.ca_file, way.proxy->host, pace, nullptr));
  if (way.is_tunnel()) CANDOR_TRY(open_tunnel(connection, way, pace));
  if (way.url.scheme == "https")
    CANDOR_TRY(secure(connection, way.ca_file, way.url.host, pace, watch));
  return connection;
}

Status HttpConnector::secure(HttpConnection& connection, const std::string& ca_file,
                             const std::string& host, const Pace& pace, ConnectWatch* watch) {
  if (!trust_ || trust_file_ != ca_file) {
    CANDOR_ASSIGN(loaded, load_trust(ca_file));
    trust_ = std::move(loaded);
    trust_file_ = ca_file;
  }
  CANDOR_ASSIGN(stream, start_tls(std::move(connection.stream), trust_, host, pace, watch));
  connection.stream = std::move(stream);
  return Ok{};
}

}  // namespace candor
