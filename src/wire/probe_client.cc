#include "wire/probe_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <boost/beast/http.hpp>
#include <cstring>

#include "wire/compression.h"
#include "wire/http_connection.h"
#include "wire/limits.h"
#include "wire/stopwatch.h"

namespace candor {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;

bool is_forbidden_v4(std::uint32_t address) { return address >> 16 == 0xa9fe || address == 0; }

Status may_connect(const sockaddr& address) {
  if (!is_forbidden_address(address)) return Ok{};
  return Error{ErrorKind::kForbidden, "its address is link-local, and no request goes there"};
}

ProbeFailure failure_of(const Error& error, const ConnectWatch& watch, const Pace& pace) {
  if (error.kind == ErrorKind::kForbidden) return ProbeFailure::kForbidden;
  if (error.kind == ErrorKind::kTryAgain) return ProbeFailure::kStopped;
  if (error.kind == ErrorKind::kConfiguration) return ProbeFailure::kMisconfigured;
  if (std::chrono::steady_clock::now() >= pace.deadline()) return ProbeFailure::kTimeout;
  switch (watch.stage) {
    case ConnectWatch::Stage::kResolve:
      return ProbeFailure::kDns;
    case ConnectWatch::Stage::kTls:
      return ProbeFailure::kTls;
    default:
      return ProbeFailure::kConnect;
  }
}

class BeastProbe final : public ProbeClient {
 public:
  ProbeAnswer send(const ProbeRequest& request, const Pace& pace) override {
    ProbeAnswer answer;
    ConnectWatch watch;
    if (is_forbidden_host(request.url.host)) {
      return failed(std::move(answer), ProbeFailure::kForbidden,
                    "its address is link-local, and no request goes there");
    }
    auto error = exchange(request, pace, watch, answer);
    answer.phases.resolve = watch.resolve;
    answer.phases.connect = watch.connect;
    answer.phases.tls = watch.tls;
    answer.certificate_expiry = watch.certificate_expiry;
    if (error && !answer.failure) {
      answer.failure = failure_of(*error, watch, pace);
      answer.message = std::move(error->message);
    }
    return answer;
  }

 private:
  static ProbeAnswer failed(ProbeAnswer answer, ProbeFailure failure, std::string message) {
    answer.failure = failure;
    answer.message = std::move(message);
    return answer;
  }

  // What went wrong on the way; what is wrong with the answer stands in it.
  std::optional<Error> exchange(const ProbeRequest& request, const Pace& pace, ConnectWatch& watch,
                                ProbeAnswer& answer) {
    HttpWay way{request.url, "", std::nullopt, request.ca_file};
    auto proxy = proxy_on_the_way(request.url, "");
    if (!proxy.ok()) return proxy.error();
    way.proxy = *std::move(proxy);
    // The operator's own proxy may be wherever it is.
    if (!way.proxy) watch.may_connect = may_connect;
    auto connection = connector_.connect(way, pace, &watch);
    if (!connection.ok()) return connection.error();
    BeastWire wire(*connection->stream, pace);
    // Chunks may say anything of themselves, at any length.
    connection->buffer.max_size(kMaxProbeBufferBytes);
    error_code unsent;
    http::write(wire, message_of(way, request), unsent);
    if (wire.was_stopped()) return wire.error(unsent);
    answer.was_sent = !unsent;
    return read(wire, *connection, request, answer);
  }

  static http::request<http::string_body> message_of(const HttpWay& way,
                                                     const ProbeRequest& request) {
    http::request<http::string_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(way.target());
    message.set(http::field::host, host_header_of(way.url));
    message.set(http::field::accept_encoding, "gzip");
    message.set(http::field::connection, "close");
    if (!way.url.user.empty()) message.set(http::field::authorization, basic_of(way.url));
    if (way.proxy && !way.is_tunnel() && !way.proxy->user.empty())
      message.set(http::field::proxy_authorization, basic_of(*way.proxy));
    for (const auto& header : request.headers) message.set(header.name, header.value);
    message.body() = request.body;
    if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
      message.content_length(request.body.size());
    return message;
  }

  static std::optional<Error> read(BeastWire& wire, HttpConnection& connection,
                                   const ProbeRequest& request, ProbeAnswer& answer) {
    const auto sent = std::chrono::steady_clock::now();
    for (int interim = 0;; ++interim) {
      Parser parser;
      parser.header_limit(kMaxHeaderBytes);
      parser.body_limit(request.max_body_bytes);
      parser.skip(request.method == "HEAD");
      error_code ec;
      http::read_header(wire, connection.buffer, parser, ec);
      const bool is_interim = !ec && parser.get().result_int() / 100 == 1;
      if (is_interim && interim < kMaxInterimAnswers) continue;
      if (is_interim) ec = http::error::header_limit;
      answer.phases.processing = std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::steady_clock::now() - sent);
      // By its length alone a body may be too large.
      if (ec == http::error::body_limit)
        answer.status = static_cast<int>(parser.get().result_int());
      if (ec) return error_of(ec, wire, answer);
      const Stopwatch transfer(answer.phases.transfer);
      if (!parser.is_done()) http::read(wire, connection.buffer, parser, ec);
      answer.status = static_cast<int>(parser.get().result_int());
      if (ec) return error_of(ec, wire, answer);
      take(parser.release(), request, answer);
      return std::nullopt;
    }
  }

  static std::optional<Error> error_of(const error_code& ec, const BeastWire& wire,
                                       ProbeAnswer& answer) {
    if (ec == http::error::body_limit || ec == http::error::header_limit ||
        ec == http::error::buffer_overflow) {
      answer.failure = ProbeFailure::kTooLarge;
      answer.message = ec == http::error::body_limit ? "the answer's body is too large"
                                                     : "the answer's header is too large";
    } else if (ec.category() == make_error_code(http::error::bad_chunk).category() &&
               ec != http::error::end_of_stream && ec != http::error::partial_message) {
      answer.failure = ProbeFailure::kNoHttp;
      answer.message = fmt::format("the answer is no HTTP ({})", ec.message());
    }
    return wire.error(ec);
  }

  static void take(http::response<http::string_body> response, const ProbeRequest& request,
                   ProbeAnswer& answer) {
    for (const auto& field : response)
      answer.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    answer.body = std::move(response.body());
    const auto coding = answer.header("content-encoding");
    if (coding.empty() || answer.body.empty()) return;
    auto unpacked =
        decode_content(coding, std::exchange(answer.body, std::string()), request.max_body_bytes);
    if (unpacked.ok()) {
      answer.body = *std::move(unpacked);
      return;
    }
    const bool is_large = unpacked.error().message.find("more than") != std::string::npos;
    answer.failure = is_large ? ProbeFailure::kTooLarge : ProbeFailure::kNoHttp;
    answer.message = is_large ? "the answer's body is too large when unpacked"
                              : "the answer's body is not packed as its header says";
  }

  HttpConnector connector_;
};

}  // namespace

std::unique_ptr<ProbeClient> make_probe_client() { return std::make_unique<BeastProbe>(); }

bool is_forbidden_address(const sockaddr& address) {
  if (address.sa_family == AF_INET)
    return is_forbidden_v4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
  if (address.sa_family != AF_INET6) return true;
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (IN6_IS_ADDR_LINKLOCAL(&six) || IN6_IS_ADDR_UNSPECIFIED(&six)) return true;
  // IPv4 inside of IPv6, also by a translator (64:ff9b::/96).
  static constexpr std::uint8_t kTranslated[12] = {0x00, 0x64, 0xff, 0x9b};
  const bool holds_v4 = IN6_IS_ADDR_V4MAPPED(&six) || IN6_IS_ADDR_V4COMPAT(&six) ||
                        std::memcmp(six.s6_addr, kTranslated, sizeof kTranslated) == 0;
  std::uint32_t four = 0;
  std::memcpy(&four, six.s6_addr + 12, sizeof four);
  return holds_v4 && is_forbidden_v4(ntohl(four));
}

bool is_forbidden_host(const std::string& host) {
  // As others may read it, who look a name up: with a zone, percent-encoded, with a dot at its end.
  const bool is_six = host.find(':') != std::string::npos;
  auto name = is_six ? host.substr(0, host.find('%')) : url_decode(host, UrlPart::kPath);
  while (name.ends_with('.')) name.pop_back();
  sockaddr_in four{};
  four.sin_family = AF_INET;
  // Takes 2852039166, 0xa9fea9fe and 0251.254.43518, as the system's own look-up does.
  if (::inet_aton(name.c_str(), &four.sin_addr) == 1)
    return is_forbidden_address(reinterpret_cast<const sockaddr&>(four));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  return ::inet_pton(AF_INET6, name.c_str(), &six.sin6_addr) == 1 &&
         is_forbidden_address(reinterpret_cast<const sockaddr&>(six));
}

}  // namespace candor
