#include "wire/probe_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

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
  for (const auto* host : {"169.254.169.254", "169.254.0.1", "fe80::1", "febf::1",
                           "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "0.0.0.0", "::"}) {
    EXPECT_TRUE(is_forbidden_host(host)) << host;
  }
  for (const auto* host : {"127.0.0.1", "169.253.1.1", "::1", "fec0::1", "10.0.0.1", "example.com"})
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
}

TEST(ProbeClient, ASilentServerIsATimeout) {
  Respond later;
  auto server = serve([&](const HttpRequest&, const Respond& respond) { later = respond; });
  const auto answer = make_probe_client()->send(request_to(*server), within(Millis(50)));
  EXPECT_EQ(answer.failure, ProbeFailure::kTimeout);
}

TEST(ProbeClient, PlainHttpToAPortOfTlsFailsAsTls) {
  auto server = serve([](const HttpRequest&, const Respond& respond) { respond({}); });
  auto request = request_to(*server);
  request.url.scheme = "https";
  const auto answer = make_probe_client()->send(request, within(Millis(5000)));
  EXPECT_EQ(answer.failure, ProbeFailure::kTls);
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
