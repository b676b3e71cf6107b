#include "agent/relaying.h"

#include <condition_variable>
#include <mutex>

#include "agent/agent_fixture.h"
#include "wire/http_server.h"

namespace candor {
namespace {

constexpr std::string_view kWithEvents =
    "candor = 1\n[product]\nname = \"mesh\"\ncontact = \"c\"\n"
    "[[collector]]\nkind = \"host\"\n"
    "[[channel]]\nname = \"usage\"\nabout = \"x\"\ndefault = true\nfields = [{ path = "
    "\"cpu.count\", type = \"integer\", about = \"x\" }]\n"
    "[[channel.event]]\nname = \"pageview\"\nabout = \"x\"\nfields = [{ path = \"page\", type = "
    "\"string\", about = \"x\" }]\n";

// With real sockets and threads: what the thread sanitizer looks at.
class RelayingTest : public AgentTest {
 protected:
  RelayingTest() {
    contract(kWithEvents);
    HttpServerOptions options;
    auto started = HttpServer::start(std::move(options),
                                     [this](const HttpRequest& request, const Respond& respond) {
                                       HttpResponse response;
                                       response.status = request.path == "/v1/events" ? 503 : 404;
                                       if (response.status == 503)
                                         response.headers.push_back({"Retry-After", "3600"});
                                       respond(std::move(response));
                                       if (request.path != "/v1/events") return;
                                       const std::lock_guard lock(mutex_);
                                       ++posts_;
                                       told_.notify_all();
                                     });
    EXPECT_TRUE(started.ok());
    collector_server_ = *std::move(started);
    use("");
  }
  void use(std::string_view more) {
    configure(
        fmt::format("endpoint = \"http://127.0.0.1:{}\"\n{}", collector_server_->port(), more));
  }
  void agree() { ASSERT_TRUE(open().turn_on({.licence = "", .how = "test"}).ok()); }
  std::unique_ptr<Relay> start() {
    auto relay = Relay::start(paths_, Environment(),
                              {.listen = "127.0.0.1:0", .trusted_proxies = ""}, open());
    EXPECT_TRUE(relay.ok());
    return *std::move(relay);
  }
  RelayCounts counts() {
    return read_relay_counts(relay_of(StateFolder(paths_.state))).value_or(RelayCounts());
  }
  // What became of one page view: the header x-plausible-dropped.
  std::string send_event() {
    ClientRequest request;
    request.method = "POST";
    request.url = fmt::format("http://{}/api/event", counts().listen);
    request.headers = {{"User-Agent", "Browser/1"}};
    request.body = R"({"n":"pageview","u":"https://a.example/x","d":"a.example"})";
    request.timeout = request.connect_timeout = Millis(10'000);
    request.max_response_bytes = 1'000;
    const auto response = make_http_client()->send(request);
    EXPECT_TRUE(response.ok());
    return response.ok() ? std::string(response->header("x-plausible-dropped")) : "no answer";
  }
  void wait_for_posts(int count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(told_.wait_for(lock, std::chrono::seconds(30), [&] { return posts_ >= count; }));
  }
  std::size_t pending() {
    return Outbox(relay_of(StateFolder(paths_.state)), kEventFileLimits).pending()->size();
  }

  std::mutex mutex_;
  std::condition_variable told_;
  int posts_ = 0;
  std::unique_ptr<HttpServer> collector_server_;
};

TEST_F(RelayingTest, TheFirstEventIsTakenAndSentOrKept) {
  agree();
  const auto relay = start();
  EXPECT_EQ(send_event(), "");
  wait_for_posts(1);
  EXPECT_EQ(pending(), 1u);
}

TEST_F(RelayingTest, AChannelSwitchedOffHoldsWithTheNextLook) {
  agree();
  auto relay = start();
  EXPECT_EQ(send_event(), "");
  wait_for_posts(1);
  EXPECT_EQ(send_event(), "");  // in memory
  use("channel_usage = false\n");
  relay->follow();
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(send_event(), "1");
  relay.reset();
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(counts().received, 3u);
  EXPECT_EQ(counts().lost, 0u);
  EXPECT_EQ(counts().waiting(), 0u);
}

TEST_F(RelayingTest, WhatIsInMemoryIsNotSealedUnderAConfigurationThatForbidsIt) {
  agree();
  auto relay = start();
  EXPECT_EQ(send_event(), "");
  use("channel_usage = false\n");
  relay.reset();  // nobody told it; it looks before it seals
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(counts().waiting(), 0u);
}

TEST_F(RelayingTest, AnotherDecisionEndsTheWaitForTheNextTry) {
  agree();
  const auto relay = start();
  EXPECT_EQ(send_event(), "");
  wait_for_posts(1);  // and not again for an hour
  ASSERT_TRUE(open().turn_off().ok());
  relay->follow();
  EXPECT_EQ(pending(), 0u);
  clock_.advance(Millis(1'000));
  agree();
  relay->follow();
  EXPECT_EQ(send_event(), "");
  wait_for_posts(2);
}

TEST_F(RelayingTest, WhatComesWhileItStopsIsCounted) {
  agree();
  auto relay = start();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(send_event(), "");
  relay.reset();
  const auto after = counts();
  EXPECT_EQ(after.received, 20u);
  EXPECT_EQ(after.waiting(), 20u);
  EXPECT_EQ(after.listen, "");
  EXPECT_GE(pending(), 1u);
}

}  // namespace
}  // namespace candor
