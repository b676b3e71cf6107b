#include "wire/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <utility>

#include "base/files.h"
#include "wire/http_client.h"

namespace candor {
namespace {

// A server that says back what it got, on a port of its own.
class EchoServer {
 public:
  explicit EchoServer(HttpServerOptions options = {}) {
    auto started =
        HttpServer::start(std::move(options), [](HttpRequest request, const Respond& respond) {
          if (request.path == "/silent") return;
          HttpResponse response;
          response.content_type = "text/plain";
          response.body =
              request.method + " " + request.path + " [" + request.query + "] " + request.body;
          respond(std::move(response));
        });
    EXPECT_TRUE(started.ok());
    server_ = *std::move(started);
  }
  std::uint16_t port() const { return server_->port(); }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }

  // Sends bytes as they are and reads until the server closes.
  std::string raw(const std::string& bytes) const {
    const FileDescriptor fd(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      return "no connection";
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto n = ::send(fd.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    std::string answer;
    char chunk[4096];
    for (ssize_t n = 0; (n = ::read(fd.get(), chunk, sizeof chunk)) > 0;)
      answer.append(chunk, static_cast<std::size_t>(n));
    return answer;
  }

 private:
  std::unique_ptr<HttpServer> server_;
};

Result<ClientResponse> ask(const ClientRequest& request) {
  return make_http_client()->send(request);
}

TEST(HttpServer, ARequestArrivesWholeAndIsAnswered) {
  const EchoServer server;
  const auto answer = ask({.method = "PUT",
                           .url = server.url("/a%20b?c=1"),
                           .unix_socket = "",
                           .headers = {},
                           .body = "body"});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "PUT /a b [c=1] body");
}

TEST(HttpServer, AChunkedBodyArrivesWhole) {
  const EchoServer server;
  const auto answer = server.raw(
      "POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_NE(answer.find("POST /x [] abcde"), std::string::npos) << answer;
}

TEST(HttpServer, AnAbsoluteTargetIsReadAsItsPath) {
  const EchoServer server;
  const auto answer = server.raw(
      "PUT http://host:1/report?a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
      "0\r\n\r\n");
  EXPECT_NE(answer.find("PUT /report [a]"), std::string::npos) << answer;
}

TEST(HttpServer, SeveralRequestsOfOneConnectionAreAnsweredInOrder) {
  const EchoServer server;
  const auto answer = server.raw(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto first = answer.find("GET /1"), second = answer.find("GET /2");
  ASSERT_NE(second, std::string::npos) << answer;
  EXPECT_LT(first, second);
}

TEST(HttpServer, ABodyBeyondTheLimitIsRefusedWhileTheClientStillSends) {
  HttpServerOptions options;
  options.body_limit = [](std::string_view, std::string_view path) {
    return path == "/small" ? 10u : 1u << 20;
  };
  const EchoServer server(std::move(options));
  const std::string body(5'000'000, 'x');
  EXPECT_EQ(ask({.method = "POST",
                 .url = server.url("/small"),
                 .unix_socket = "",
                 .headers = {},
                 .body = body})
                ->status,
            413);
  const auto chunked =
      server.raw("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" +
                 std::string(255, 'x') + "\r\n0\r\n\r\n");
  EXPECT_NE(chunked.find("413"), std::string::npos) << chunked;
}

TEST(HttpServer, WhatIsNoHttpAndTooLargeAHeaderAreRefused) {
  const EchoServer server;
  EXPECT_NE(server.raw("hello\r\n\r\n").find("400"), std::string::npos);
  EXPECT_NE(
      server.raw("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n").find("431"),
      std::string::npos);
}

TEST(HttpServer, AHeaderThatDoesNotEndIsCutOff) {
  HttpServerOptions options;
  options.header_timeout = std::chrono::milliseconds(50);
  const EchoServer server(std::move(options));
  EXPECT_EQ(server.raw("GET / HTTP/1.1\r\nX: "), "");
}

TEST(HttpServer, ABodyThatDoesNotEndIsRefused) {
  HttpServerOptions options;
  options.body_timeout = std::chrono::milliseconds(50);
  options.on_bad_request = [](int status, std::string_view path, std::string_view) {
    HttpResponse response;
    response.status = status;
    response.body = path;
    return response;
  };
  const EchoServer server(std::move(options));
  const auto answer = server.raw("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(answer.find("HTTP/1.1 408"), 0u) << answer;
  EXPECT_NE(answer.find("\r\n\r\n/slow"), std::string::npos) << answer;
}

TEST(HttpServer, AConnectionThatIsIdleForLongIsClosed) {
  HttpServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(50);
  const EchoServer server(std::move(options));
  const auto answer = server.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.find("HTTP/1.1 200"), 0u) << answer;
  EXPECT_EQ(answer.find("Connection: close"), std::string::npos) << answer;
}

TEST(HttpServer, AHandlerThatNeverAnswersEndsTheConnection) {
  const EchoServer server;
  EXPECT_EQ(server.raw("GET /silent HTTP/1.1\r\nHost: x\r\n\r\n"), "");
}

TEST(HttpServer, WhatIsAnsweredAfterStoppingBeganArrives) {
  std::promise<Respond> asked;
  // Only the first waits: those that try whether stopping began may come before it did.
  std::atomic_flag first_came = ATOMIC_FLAG_INIT;
  auto server = *HttpServer::start({}, [&](const HttpRequest&, const Respond& respond) {
    if (first_came.test_and_set())
      respond({.body = "early", .headers = {}});
    else
      asked.set_value(respond);
  });
  const auto url = "http://127.0.0.1:" + std::to_string(server->port()) + "/";
  const auto get = [&] {
    return ask({.method = "GET", .url = url, .unix_socket = "", .headers = {}, .body = ""});
  };
  auto answer = std::async(std::launch::async, get);
  auto respond = asked.get_future().get();
  auto stopped = std::async(std::launch::async, [&] { server->stop(std::chrono::seconds(30)); });
  while (get().ok()) continue;
  std::exchange(respond, {})({.body = "late", .headers = {}});
  ASSERT_EQ(answer.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  ASSERT_TRUE(answer.get().ok());
  EXPECT_EQ(stopped.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(HttpServer, AUnixSocketServesToo) {
  const TemporaryFolder folder;
  const auto socket = (folder.path() / "s").string();
  HttpServerOptions options;
  options.listen = "unix:" + socket;
  const EchoServer server(std::move(options));
  const auto answer = ask({.method = "POST",
                           .url = "http://engine/x",
                           .unix_socket = socket,
                           .headers = {},
                           .body = "b"});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body, "POST /x [] b");
}

TEST(HttpServer, ATakenPortAndABadAddressAreTold) {
  const EchoServer first;
  HttpServerOptions options;
  options.listen = "127.0.0.1:" + std::to_string(first.port());
  const auto second = HttpServer::start(options, [](HttpRequest, const Respond&) {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, ErrorKind::kCannotCreate);
  options.listen = "nowhere";
  EXPECT_EQ(HttpServer::start(options, [](HttpRequest, const Respond&) {}).error().kind,
            ErrorKind::kConfiguration);
}

TEST(HttpClient, NoAnswerIsToldWithoutCredentials) {
  const auto answer = ask({.method = "GET", .url = "http://user:secret@127.0.0.1:1/"});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(answer.error().message.find("secret"), std::string::npos);
}

TEST(HttpClient, ATransferIsStoppedWhenAsked) {
  const EchoServer server;
  ClientRequest request{.method = "POST",
                        .url = server.url("/"),
                        .unix_socket = "",
                        .headers = {},
                        .body = std::string(1000, 'x')};
  request.keep_going = [] { return false; };
  const auto answer = ask(request);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kTryAgain);
}

}  // namespace
}  // namespace candor
