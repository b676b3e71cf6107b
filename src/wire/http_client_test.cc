#include "wire/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/files.h"

namespace candor {
namespace {

using namespace std::chrono_literals;

// Answers each connection with the next of some texts, and closes it; an empty text is silence
// until the client goes. Keeps what came.
class Script {
 public:
  explicit Script(std::vector<std::string> answers) : answers_(std::move(answers)) {
    listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { play(); });
  }
  ~Script() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    end();
  }
  // Waits until every answer was given, and whoever got silence has gone.
  void end() {
    if (thread_.joinable()) thread_.join();
  }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(const std::string& path = "/") const { return "http://" + host() + path; }
  // Of all connections so far; call when the last one is answered, or behind end().
  const std::string& heard() const { return heard_; }

 private:
  void play() {
    for (const auto& answer : answers_) {
      const FileDescriptor fd(::accept(listener_.get(), nullptr, nullptr));
      if (!fd.is_open()) return;
      char chunk[4096];
      std::string request;
      while (request.find("\r\n\r\n") == std::string::npos) {
        const auto n = ::read(fd.get(), chunk, sizeof chunk);
        if (n <= 0) break;
        request.append(chunk, static_cast<std::size_t>(n));
      }
      heard_ += request;
      if (answer.empty()) {
        for (ssize_t n = 1; n > 0; heard_.append(chunk, static_cast<std::size_t>(n)))
          n = std::max<ssize_t>(::read(fd.get(), chunk, sizeof chunk), 0);
      } else {
        [[maybe_unused]] const auto n = ::write(fd.get(), answer.data(), answer.size());
      }
    }
  }
  std::vector<std::string> answers_;
  FileDescriptor listener_;
  std::uint16_t port_ = 0;
  std::string heard_;
  std::thread thread_;
};

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST(HttpClient, AKeptConnectionThatTheServerEndedIsMadeAnew) {
  const Script server({kOk, kOk});
  const auto client = make_http_client();
  EXPECT_EQ(client->send({.url = server.url()})->body, "ok");
  EXPECT_EQ(client->send({.url = server.url()})->body, "ok");
}

TEST(HttpClient, ABodyCanBeMadeWhileItIsSent) {
  Script server({"", ""});
  auto client = make_http_client();
  ClientRequest request{.method = "POST", .url = server.url(), .timeout = 200ms};
  std::vector<std::string> pieces = {"", "two", "one"};
  request.next_piece = [&, piece = std::string()]() mutable -> Result<std::string_view> {
    piece = pieces.back();
    pieces.pop_back();
    return std::string_view(piece);
  };
  EXPECT_FALSE(client->send(request).ok());
  EXPECT_TRUE(pieces.empty()) << "each was asked for once";
  request.next_piece = []() -> Result<std::string_view> {
    return Error{ErrorKind::kBadData, "there is no more"};
  };
  const auto cut_off = client->send(request);
  ASSERT_FALSE(cut_off.ok());
  EXPECT_EQ(cut_off.error().message, "there is no more");
  server.end();
  EXPECT_NE(server.heard().find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_NE(server.heard().find("\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"), std::string::npos)
      << server.heard();
  EXPECT_EQ(server.heard().find("0\r\n\r\n", server.heard().rfind("POST")), std::string::npos);
}

TEST(HttpClient, ASilentServerCostsNoMoreThanTheTimeout) {
  const Script server({""});
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = make_http_client()->send({.url = server.url(), .timeout = 200ms});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(HttpClient, AStopEndsATransferThatWaits) {
  const Script server({""});
  int asked = 0;
  const auto answer = make_http_client()->send(
      {.url = server.url(), .timeout = 60s, .keep_going = [&] { return ++asked < 3; }});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kTryAgain);
}

TEST(HttpClient, AnAnswerThatIsCutShortIsNone) {
  const Script server({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"});
  EXPECT_EQ(make_http_client()->send({.url = server.url()}).error().kind, ErrorKind::kUnavailable);
}

TEST(HttpClient, AnAnswerWithoutALengthEndsWithTheConnection) {
  const Script server({"HTTP/1.1 200 OK\r\n\r\nok"});
  EXPECT_EQ(make_http_client()->send({.url = server.url()})->body, "ok");
}

TEST(HttpClient, AnAnswerThatIsTooLargeIsRefused) {
  const Script server({"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + std::string(200, 'x')});
  EXPECT_EQ(make_http_client()->send({.url = server.url(), .max_response_bytes = 100}).error().kind,
            ErrorKind::kBadData);
}

TEST(HttpClient, InterimAnswersArePassedOver) {
  const Script server({"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk});
  EXPECT_EQ(make_http_client()->send({.url = server.url()})->status, 200);
}

TEST(HttpClient, AProxyGetsTheWholeAddressAndItsOwnCredentials) {
  const Script proxy({kOk});
  const auto answer = make_http_client()->send(
      {.url = "http://collector.example/a?b", .proxy = "http://stone:telemetry@" + proxy.host()});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_NE(proxy.heard().find("GET http://collector.example:80/a?b HTTP/1.1\r\n"),
            std::string::npos)
      << proxy.heard();
  EXPECT_NE(proxy.heard().find("Host: collector.example\r\n"), std::string::npos);
  EXPECT_NE(proxy.heard().find("Proxy-Authorization: Basic c3RvbmU6dGVsZW1ldHJ5\r\n"),
            std::string::npos);
}

TEST(HttpClient, WithoutAnyProxyWhatTheRequestOrTheEnvironmentNamesDoesNotCount) {
  const Script server({kOk});
  const auto answer = make_http_client()->send({.url = "http://" + server.host() + "/a",
                                                .proxy = "http://127.0.0.1:1",
                                                .proxy_use = ProxyUse::kNever});
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_NE(server.heard().find("GET /a HTTP/1.1\r\n"), std::string::npos) << server.heard();
}

TEST(HttpClient, ATunnelThatTheProxyRefusesSaysWhyWithoutThePassword) {
  const Script proxy({"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"});
  const auto answer = make_http_client()->send(
      {.url = "https://collector.example/a", .proxy = "http://u:canary@" + proxy.host()});
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message.find("407"), std::string::npos) << answer.error().message;
  EXPECT_EQ(answer.error().message.find("canary"), std::string::npos);
  EXPECT_NE(proxy.heard().find("CONNECT collector.example:443 HTTP/1.1\r\n"), std::string::npos);
  EXPECT_EQ(proxy.heard().find("GET"), std::string::npos);
}

TEST(HttpClient, WhatAProxySaysBehindItsAnswerNeverPassesForTheServers) {
  const Script proxy({"HTTP/1.1 200 OK\r\n\r\n" + kOk});
  const auto answer = make_http_client()->send(
      {.url = "https://collector.example/v1/key", .proxy = "http://" + proxy.host()});
  ASSERT_FALSE(answer.ok());
  EXPECT_NE(answer.error().message.find("said more"), std::string::npos) << answer.error().message;
}

TEST(HttpClient, WhatDoesNotSpeakTlsIsNoHttpsServer) {
  const Script server({"HTTP/1.1 400 Bad Request\r\n\r\n"});
  const auto answer =
      make_http_client()->send({.url = "https://" + server.host() + "/", .timeout = 200ms});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace candor
