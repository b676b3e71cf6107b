#include "wire/probe_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <atomic>
#include <cstdlib>

#include "wire/http_server.h"

namespace candor {
namespace {

Pace within(std::chrono::milliseconds time) {
  return Pace(std::chrono::steady_clock::now() + time, {});
}

std::unique_ptr<HttpServer> serve(HttpHandler handler) {
  HttpServerOptions options;
  options.listen = "127.0.0.1:0";
  return *HttpServer::start(std::move(options), std::move(handler));
}

ProbeRequest request_to(const HttpServer& server, const std::string& path = "/") {
  ProbeRequest request;
  request.url = *parse_url("http://127.0.0.1:" + std::to_string(server.port()) + path);
  return request;
}

TEST(ProbeClient, LinkLocalAddressesAreForbidden) {
  for (const auto* host :
       {"169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "0.0.0.0", "::", "2852039166", "0xa9fea9fe", "0251.0376.169.254",
        "169.254.43518", "169.254.169.254.", "169%2e254.169.254", "::ffff:a9fe:a9fe", "::a9fe:a9fe",
        "fe80::1%25eth0", "fe80::1%eth0", "0"}) {
    EXPECT_TRUE(is_forbidden_host(host)) << host;
  }
  for (const auto* host : {"127.0.0.1", "169.253.1.1", "::1", "fec0::1", "10.0.0.1", "example.com",
                           "2130706433", "169.254.169.254.example.com", "a9fea9fe", "fe80", "."})
    EXPECT_FALSE(is_forbidden_host(host)) << host;
}

TEST(ProbeClient, ARequestIsMeasuredAndAnswered) {
  auto server = serve([](const HttpRequest&, const Respond& respond) {
    respond({.status = 418, .body = "tea", .headers = {{"X-Here", "yes"}}});
  });
  const auto answer = make_probe_client()->send(request_to(*server), within(Millis(5000)));
  EXPECT_FALSE(answer.failure);
  EXPECT_EQ(answer.status, 418);
  EXPECT_EQ(answer.header("x-here"), "yes");
  EXPECT_EQ(answer.body, "tea");
  EXPECT_GT(answer.phases.connect.count(), 0);
  EXPECT_GT(answer.phases.processing.count(), 0);
}

TEST(ProbeClient, ABodyBeyondTheLimitIsTooLarge) {
  auto server = serve([](const HttpRequest&, const Respond& respond) {
    respond({.status = 200, .body = std::string(2000, 'x')});
  });
  auto request = request_to(*server);
  request.max_body_bytes = 1000;
  const auto answer = make_probe_client()->send(request, within(Millis(5000)));
  EXPECT_EQ(answer.failure, ProbeFailure::kTooLarge);
  EXPECT_EQ(answer.status, 200);
}

TEST(ProbeClient, WhereNobodyListensThereIsNoConnection) {
  auto server = serve([](const HttpRequest&, const Respond&) {});
  const auto request = request_to(*server);
  server.reset();
  const auto answer = make_probe_client()->send(request, within(Millis(5000)));
  EXPECT_EQ(answer.failure, ProbeFailure::kConnect);
  EXPECT_EQ(answer.status, 0);
  EXPECT_FALSE(answer.was_sent);
}

TEST(ProbeClient, ASilentServerIsATimeout) {
  Respond later;
  auto server = serve([&](const HttpRequest&, const Respond& respond) { later = respond; });
  const auto answer = make_probe_client()->send(request_to(*server), within(Millis(50)));
  EXPECT_EQ(answer.failure, ProbeFailure::kTimeout);
  EXPECT_TRUE(answer.was_sent);
}

TEST(ProbeClient, PlainHttpToAPortOfTlsFailsAsTls) {
  auto server = serve([](const HttpRequest&, const Respond& respond) { respond({}); });
  auto request = request_to(*server);
  request.url.scheme = "https";
  const auto answer = make_probe_client()->send(request, within(Millis(5000)));
  EXPECT_EQ(answer.failure, ProbeFailure::kTls);
}

TEST(ProbeClient, AProxyIsNotAskedForALinkLocalAddressHoweverItIsWritten) {
  std::atomic<int> asked = 0;
  auto proxy = serve([&](const HttpRequest&, const Respond& respond) {
    ++asked;
    respond({.status = 200, .body = "metadata"});
  });
  const auto address = "http://127.0.0.1:" + std::to_string(proxy->port());
  for (const auto* name : {"http_proxy", "HTTPS_PROXY"}) ::setenv(name, address.c_str(), 1);
  ProbeRequest request;
  for (const auto* url : {"http://169.254.169.254/", "https://169.254.169.254/",
                          "http://2852039166/", "https://0xa9fea9fe/", "http://169.254.43518/",
                          "http://[::ffff:a9fe:a9fe]/", "http://[fe80::1%25eth0]/"}) {
    request.url = *parse_url(url);
    const auto answer = make_probe_client()->send(request, within(Millis(5000)));
    EXPECT_EQ(answer.failure, ProbeFailure::kForbidden) << url;
  }
  EXPECT_EQ(asked, 0);
  request.url = *parse_url("http://panel.test/");
  EXPECT_EQ(make_probe_client()->send(request, within(Millis(5000))).body, "metadata");
  for (const auto* name : {"http_proxy", "HTTPS_PROXY"}) ::unsetenv(name);
}

TEST(ProbeClient, CertificatesThatCannotBeReadAreNoTroubleOfTheTarget) {
  auto server = serve([](const HttpRequest&, const Respond& respond) { respond({}); });
  auto request = request_to(*server);
  request.url.scheme = "https";
  request.ca_file = "/nowhere/ca.pem";
  const auto answer = make_probe_client()->send(request, within(Millis(5000)));
  EXPECT_EQ(answer.failure, ProbeFailure::kMisconfigured);
  EXPECT_NE(answer.message.find("/nowhere/ca.pem holds no certificates"), std::string::npos);
}

}  // namespace
}  // namespace candor
