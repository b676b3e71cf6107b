// Connections as clients make them: cut up, joined, slow, many, half closed.
#include "wire/http_session.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "base/files.h"
#include "base/mutex.h"
#include "wire/certificate_fixture.h"
#include "wire/http_client.h"

namespace candor {
namespace {

using namespace std::chrono_literals;

HttpResponse with(std::string body) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

std::unique_ptr<HttpServer> serve(HttpHandler handler, HttpServerOptions options = {}) {
  auto started = HttpServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(started.ok()) << started.error().message;
  return *std::move(started);
}

void echo(HttpRequest&& request, const Respond& respond) {
  respond(with(request.method + " " + request.path + " " + request.body));
}

class Connection {
 public:
  explicit Connection(const HttpServer& server) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(n, 0);
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }
  // Until `end` came, or the server closed.
  std::string read_to(std::string_view end) {
    while (seen_.find(end) == std::string::npos && read_some()) continue;
    const auto at = seen_.find(end);
    auto read = seen_.substr(0, at == std::string::npos ? at : at + end.size());
    seen_.erase(0, read.size());
    return read;
  }
  std::string read_all() {
    while (read_some()) continue;
    return std::exchange(seen_, {});
  }
  int fd() const { return fd_.get(); }

 private:
  bool read_some() {
    char chunk[16'384];
    const auto n = ::read(fd_.get(), chunk, sizeof chunk);
    if (n > 0) seen_.append(chunk, static_cast<std::size_t>(n));
    return n > 0;
  }

  FileDescriptor fd_;
  std::string seen_;
};

TEST(HttpSession, RequestsArriveWholeHoweverTheyAreCut) {
  const auto server = serve(echo);
  Connection connection(*server);
  const std::string two =
      "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcPUT /2 HTTP/1.1\r\nHost: "
      "x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece < two.size(); piece += 7) {
    for (std::size_t at = 0; at < two.size(); at += piece) {
      connection.send(two.substr(at, piece));
      if (piece < 20) std::this_thread::yield();
    }
    EXPECT_NE(connection.read_to("POST /1 abc").find("200 OK"), std::string::npos);
    EXPECT_NE(connection.read_to("PUT /2 def").find("200 OK"), std::string::npos);
  }
}

TEST(HttpSession, PipelinedRequestsThatAreAnsweredElsewhereStayInOrder) {
  Mutex mutex;
  Condition came;
  std::vector<std::pair<std::string, Respond>> waiting;
  const auto server = serve([&](HttpRequest&& request, Respond respond) {
    const MutexLock lock(mutex);
    waiting.emplace_back(request.path, std::move(respond));
    came.notify_all();
  });
  std::jthread answers([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::vector<std::pair<std::string, Respond>> mine;
      {
        const MutexLock lock(mutex);
        if (waiting.empty()) came.wait_for(mutex, 10ms);
        mine.swap(waiting);
      }
      for (auto& [path, respond] : mine) respond(with("<" + path + ">"));
    }
  });
  Connection connection(*server);
  std::string all;
  std::string expected;
  constexpr int kRequests = 300;
  for (int i = 0; i < kRequests; ++i)
    all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  connection.send(all);
  for (int i = 0; i < kRequests; ++i) {
    const auto body = "</" + std::to_string(i) + ">";
    const auto answer = connection.read_to(">");
    ASSERT_TRUE(answer.ends_with(body)) << answer;
  }
}

TEST(HttpSession, ALargeAnswerReachesAClientThatReadsLate) {
  const std::string large(20'000'000, 'y');
  const auto server =
      serve([&](const HttpRequest&, const Respond& respond) { respond(with(large)); });
  Connection connection(*server);
  connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  pollfd waits{connection.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&waits, 1, 10'000), 1);
  const auto answer = connection.read_all();
  EXPECT_GT(answer.size(), 2 * large.size());
  EXPECT_TRUE(answer.ends_with("yyy"));
}

TEST(HttpSession, AClientThatSendsNoMoreIsAnsweredStill) {
  const auto server = serve(echo);
  Connection connection(*server);
  connection.send("POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nz");
  connection.end_sending();
  EXPECT_TRUE(connection.read_all().ends_with("POST /half z"));
}

TEST(HttpSession, HeadHasNoBodyAndOldClientsAreToldThatTheConnectionStays) {
  const auto server = serve(echo);
  Connection connection(*server);
  connection.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(connection.read_to("\r\n\r\n").find("Content-Length: 8\r\n"), std::string::npos);
  connection.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(connection.read_to("GET /old ").find("Connection: keep-alive\r\n"), std::string::npos);
  connection.send("GET /older HTTP/1.0\r\n\r\n");
  EXPECT_NE(connection.read_all().find("Connection: close\r\n"), std::string::npos);
}

TEST(HttpSession, AClientThatAsksForLeaveToGoOnGetsIt) {
  const auto server = serve(echo);
  Connection connection(*server);
  connection.send("POST /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(connection.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.send("ok");
  EXPECT_TRUE(connection.read_to("POST /e ok").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST(HttpSession, AValueWithALineEndMakesNoHeader) {
  const auto server = serve([](const HttpRequest&, const Respond& respond) {
    auto response = with("");
    response.headers.push_back({"Location", "/a\r\nSet-Cookie: b"});
    respond(std::move(response));
  });
  Connection connection(*server);
  connection.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  const auto answer = connection.read_all();
  EXPECT_NE(answer.find("Location: /a\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
}

TEST(HttpSession, ConnectionsAreDealtToAllThreads) {
  HttpServerOptions options;
  options.threads = 4;
  Mutex mutex;
  std::multiset<std::thread::id> threads;
  const auto server = serve(
      [&](const HttpRequest&, const Respond& respond) {
        {
          const MutexLock lock(mutex);
          threads.insert(std::this_thread::get_id());
        }
        respond(with("."));
      },
      std::move(options));
  std::vector<Connection> connections;
  for (int i = 0; i < 40; ++i) {
    connections.emplace_back(*server);
    connections.back().send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    ASSERT_NE(connections.back().read_to("\r\n\r\n."), "");
  }
  const MutexLock lock(mutex);
  for (const auto& thread : std::set(threads.begin(), threads.end()))
    EXPECT_EQ(threads.count(thread), 10u);
}

TEST(HttpSession, ClientsThatVanishWhileTheirAnswerIsMadeHarmNobody) {
  Mutex mutex;
  std::vector<Respond> waiting;
  std::atomic<std::size_t> came = 0;
  const auto server = serve([&](const HttpRequest& request, const Respond& respond) {
    if (request.path == "/") return respond(with("here"));
    const MutexLock lock(mutex);
    waiting.push_back(respond);
    ++came;
  });
  {
    std::vector<Connection> connections;
    for (int i = 0; i < 20; ++i) {
      connections.emplace_back(*server);
      connections.back().send("GET /late HTTP/1.1\r\n\r\n");
    }
    while (came < connections.size()) std::this_thread::yield();
  }
  {
    const MutexLock lock(mutex);
    for (const auto& respond : waiting) respond(with(std::string(100'000, 'x')));
    waiting.clear();
  }
  Connection connection(*server);
  connection.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(connection.read_to("here").ends_with("here"));
}

TEST(HttpSession, StoppingClosesIdleConnectionsAtOnceAndAnswersTheirLastRequest) {
  const auto server = serve(echo);
  Connection fresh(*server), used(*server), last(*server);
  used.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n");
  last.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  used.read_to("GET /1 ");
  last.read_to("GET /2 ");
  last.send("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto began = std::chrono::steady_clock::now();
  server->stop(30s);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 15s);
  EXPECT_EQ(fresh.read_all(), "");
  EXPECT_EQ(used.read_all(), "");
  EXPECT_TRUE(last.read_all().ends_with("GET /3 "));
}

TEST(HttpSession, LargeBodiesGoBothWaysOverTls) {
  const TemporaryFolder folder;
  HttpServerOptions options;
  const auto certificate = make_certificate(folder.path());
  options.tls = always(*make_tls_server(certificate));
  const auto ca_file = certificate.cert.file;
  options.body_limit = [](auto, auto) { return 64u << 20; };
  const auto server = serve(
      [](HttpRequest&& request, const Respond& respond) {
        EXPECT_TRUE(request.over_tls);
        respond(with(std::move(request.body)));
      },
      std::move(options));
  const auto client = make_http_client();
  for (const std::size_t size : {0u, 1u, 4'096u, 16'384u, 70'000u, 5'000'000u}) {
    std::string body(size, 'a');
    for (std::size_t i = 0; i < size; i += 97) body[i] = static_cast<char>('b' + i % 20);
    const auto answer =
        client->send({.method = "POST",
                      .url = "https://127.0.0.1:" + std::to_string(server->port()) + "/",
                      .body = body,
                      .ca_file = ca_file});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->body, body) << size;
  }
  Connection plain(*server);
  plain.send("GET / HTTP/1.1\r\n\r\n");
  plain.read_all();
}

}  // namespace
}  // namespace candor
