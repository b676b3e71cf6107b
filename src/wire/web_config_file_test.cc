#include "wire/web_config_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "wire/certificate_fixture.h"
#include "wire/http_client.h"
#include "wire/limits.h"

namespace candor {
namespace {

const std::string kHash = bcrypt("a password", 4);

class WebConfigFileTest : public testing::Test {
 protected:
  Path file() const { return folder_.path() / "web.yml"; }
  Path certificates(const std::string& name) const {
    const auto folder = folder_.path() / name;
    EXPECT_TRUE(make_folder(folder).ok());
    make_certificate(folder);
    return folder;
  }
  void write(const std::string& text) const { EXPECT_TRUE(write_file(file(), text).ok()); }
  void write_tls(const std::string& name, const std::string& more = "") const {
    write(fmt::format("tls_server_config:\n  cert_file: {0}/cert.pem\n  key_file: {0}/key.pem\n{1}",
                      name, more));
  }
  std::shared_ptr<WebConfigFile> open() const {
    auto opened = WebConfigFile::open(file(), [](const WebConfig& config) -> Status {
      if (config.users.size() > 1) return Error{ErrorKind::kConfiguration, "Too many users."};
      return Ok{};
    });
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return *opened;
  }
  std::unique_ptr<HttpServer> serve(const std::shared_ptr<WebConfigFile>& web) const {
    HttpServerOptions options;
    options.tls = web->tls_source();
    auto server = HttpServer::start(
        std::move(options),
        framed_by(web, [](HttpRequest&&, const Respond& respond) { respond(HttpResponse{}); }));
    EXPECT_TRUE(server.ok()) << server.error().message;
    return *std::move(server);
  }
  // Asks on a new connection, and believes that certificate.
  static Result<ClientResponse> ask(const HttpServer& server, const Path& believed) {
    return make_http_client()->send({.url = fmt::format("https://127.0.0.1:{}/", server.port()),
                                     .ca_file = (believed / "cert.pem").string()});
  }
  // Whether `news` is so before the file was looked at so often.
  template <typename News>
  static bool becomes(News news, int looks = 100) {
    const auto deadline = std::chrono::steady_clock::now() + looks * kLookAtWebConfig;
    while (!news())
      if (std::chrono::steady_clock::now() > deadline) return false;
    return true;
  }

  TemporaryFolder folder_;
};

TEST_F(WebConfigFileTest, ACertificateIsChangedWhileItServes) {
  const auto first = certificates("first"), second = certificates("second");
  write_tls("first");
  const auto web = open();
  const auto server = serve(web);
  EXPECT_TRUE(ask(*server, first).ok());
  EXPECT_FALSE(ask(*server, second).ok());
  write_tls("second");
  EXPECT_TRUE(becomes([&] { return ask(*server, second).ok(); }));
  EXPECT_FALSE(ask(*server, first).ok());
  // The files that it names are looked at, too.
  for (const auto* name : {"cert.pem", "key.pem"})
    EXPECT_TRUE(write_file(second / name, *read_file(first / name)).ok());
  EXPECT_TRUE(becomes([&] { return ask(*server, first).ok(); }));
}

TEST_F(WebConfigFileTest, SaysWhenItsCertificateEnds) {
  certificates("first");  // for an hour
  write_tls("first");
  const auto left = *not_after(open()->now()->tls) - system_clock().now();
  EXPECT_GT(left, std::chrono::minutes(58));
  EXPECT_LE(left, std::chrono::hours(1));
}

TEST_F(WebConfigFileTest, WhatIsWrongOrMustNotBeLeavesTheOldOne) {
  const auto first = certificates("first");
  write_tls("first", "basic_auth_users:\n  anna: " + kHash + "\n");
  const auto web = open();
  const auto server = serve(web);
  const auto too_many = "basic_auth_users: {a: " + kHash + ", b: " + kHash + "}";
  for (const std::string wrong :
       {"basic_auth_users: [", "tls_server_config: {}", "", too_many.c_str()}) {
    write(wrong);
    EXPECT_FALSE(becomes([&] { return web->now()->config.users.count("anna") != 1; }, 3)) << wrong;
    EXPECT_TRUE(ask(*server, first).ok());
  }
  write_tls("first", "basic_auth_users:\n  bert: " + kHash + "\n");
  EXPECT_TRUE(becomes([&] { return web->now()->config.users.count("bert") == 1; }));
  // Named first, there later.
  write_tls("later");
  EXPECT_FALSE(becomes([&] { return !ask(*server, first).ok(); }, 3));
  const auto later = certificates("later");
  EXPECT_TRUE(becomes([&] { return ask(*server, later).ok(); }));
}

TEST_F(WebConfigFileTest, AnswersHaveItsHeadersAndItsRateLimit) {
  write(
      "http_server_config:\n  headers:\n    X-Content-Type-Options: nosniff\n"
      "rate_limit:\n  interval: 1h\n  burst: 3\n");
  const auto web = open();
  const auto server = serve(web);
  const auto client = make_http_client();
  for (const int status : {200, 200, 200, 429, 429}) {
    const auto answer = client->send({.url = fmt::format("http://127.0.0.1:{}/", server->port())});
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->header("X-Content-Type-Options"), "nosniff");
    if (status == 429) EXPECT_EQ(answer->header("Retry-After"), "3600");
  }
}

TEST_F(WebConfigFileTest, AFileThatCannotBeUsedIsNotOpened) {
  const auto first = certificates("first"), second = certificates("second");
  const auto message = [&](const std::string& text) {
    write(text);
    const auto opened =
        WebConfigFile::open(file(), [](const WebConfig&) -> Status { return Ok{}; });
    return opened.ok() ? std::string("it was opened") : opened.error().message;
  };
  const auto tls = [](const std::string& more) {
    return "tls_server_config:\n  cert_file: first/cert.pem\n  key_file: first/key.pem\n  " + more;
  };
  const auto says = [&](const std::string& text, const char* what) {
    const auto said = message(text);
    EXPECT_NE(said.find(what), std::string::npos) << said;
  };
  says("tls_server_config: {cert_file: first/cert.pem, key_file: second/key.pem}",
       "second/key.pem is not the key of cert_file ");
  says("tls_server_config: {cert_file: first/key.pem, key_file: first/key.pem}",
       "holds no PEM certificate");
  says("tls_server_config: {cert_file: none.pem, key_file: first/key.pem}", "cannot be read");
  says(tls("cipher_suites: [TLS_NONE]"), "\"TLS_NONE\", which is no known one");
  says(tls("curve_preferences: [Curve1]"), "\"Curve1\"");
  says(tls("client_ca_file: first/cert.pem"), "client_auth_type asks for no certificate");
  says(tls("client_auth_type: RequireAndVerifyClientCert"), "there is no client_ca_file");
  says(tls("client_allowed_sans: [a]"), "client_allowed_sans needs");
  says(tls("{min_version: TLS13, max_version: TLS12}"), "web.yml:4");
  write(tls("min_version: TLS13\n  max_version: TLS12\n"));
  says(tls("min_version: TLS13\n  max_version: TLS12\n"), "later than max_version");
}

}  // namespace
}  // namespace candor
