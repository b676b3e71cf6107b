#include "cli/collector_client.h"

#include <fmt/format.h>

#include "base/files.h"
#include "config/settings.h"
#include "wire/basic_auth.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:8080";
constexpr std::chrono::milliseconds kAnswerTime{60'000};

}  // namespace

Result<CollectorClient> CollectorClient::from(const Context& context) {
  CollectorClient client(context.arguments.value("server", kDefaultServer));
  const auto user = context.arguments.value("user");
  std::string password;
  if (const auto file = context.arguments.value("password-file"); !file.empty()) {
    CANDOR_ASSIGN(text, read_file(file));
    password = text.substr(0, text.find('\n'));
  }
  if (!user.empty())
    client.headers_.push_back({"Authorization", basic_authorization(user, password)});
  return client;
}

Result<Json> CollectorClient::get(std::string_view path_and_query) {
  return send("GET", path_and_query);
}

Result<Json> CollectorClient::post(std::string_view path_and_query) {
  return send("POST", path_and_query);
}

Result<Json> CollectorClient::send(std::string_view method, std::string_view path_and_query) {
  ClientRequest request;
  request.method = method;
  request.url = server_ + std::string(path_and_query);
  request.headers = headers_;
  request.headers.push_back({"Content-Type", "application/json"});
  request.timeout = kAnswerTime;
  CANDOR_ASSIGN(response, client_->send(request));
  auto answer = parse_json(response.body);
  if (response.status == 200 && answer.ok()) return answer;
  const Json* error = answer.ok() ? find_member(*answer, "error") : nullptr;
  const auto why = error == nullptr ? std::string() : string_member(*error, "message");
  return Error{response.status == 404 ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
               fmt::format("{} answered {}. {}", without_password(server_), response.status,
                           why.empty() ? "Is it a collector of Candor?" : why)};
}

std::vector<Option> with_collector_options(std::vector<Option> more) {
  std::vector<Option> options = {
      {"server", "URL", "the collector; http://127.0.0.1:8080 by default"},
      {"user", "NAME", "sign in as this user"},
      {"password-file", "FILE", "that user's password, first line"}};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

std::string printable(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0u;
    if (byte < 0x20 || byte == 0x7f) text[i] = '?';
    // U+0080 to U+009F, the C1 controls, are two bytes.
    if (byte == 0xc2 && next >= 0x80 && next < 0xa0) text.replace(i, 2, "?");
  }
  return text;
}

}  // namespace candor
