#include "agent/send/uplink.h"

#include <fmt/format.h>

#include "agent/send/limits.h"
#include "base/build_version.h"
#include "base/digest.h"
#include "wire/compression.h"
#include "wire/url.h"

namespace candor {
namespace {

// What the collector says went wrong, in its own words when it has any.
std::string problem_of(const ClientResponse& response, const Json& answer) {
  const auto* error = find_member(answer, "error");
  const auto message = error == nullptr ? std::string() : string_member(*error, "message");
  if (message.empty()) return fmt::format("The collector answered {}.", response.status);
  return fmt::format("The collector answered {}: {}", response.status, message);
}

}  // namespace

Result<UplinkOptions> uplink_options(const Settings& settings, const Contract& contract) {
  UplinkOptions options;
  const bool configured = !settings.text("endpoint").empty();
  options.endpoint = configured ? settings.text("endpoint") : contract.endpoint;
  if (options.endpoint.empty()) {
    return Error{
        ErrorKind::kConfiguration,
        "There is no collector to send to. Name one: candor config set endpoint https://HOST"};
  }
  auto url = parse_url(options.endpoint);
  if (!url.ok()) return std::move(url).error().in(configured ? "endpoint" : contract.file);
  if (url->scheme == "http" && !url->is_loopback() && !settings.boolean("insecure")) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("endpoint {} is plain http to another machine: anybody on the way "
                             "could read the reports. "
                             "Use https, or allow it with: candor config set insecure true",
                             url->without_credentials())};
  }
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  CANDOR_ASSIGN(proxy, proxy_with_password(settings));
  options.proxy = std::move(proxy);
  options.ca_file = settings.text("ca_file");
  CANDOR_ASSIGN(write_key, secret_of(settings, "write_key_file"));
  options.write_key = std::move(write_key);
  CANDOR_ASSIGN(receipt_key, secret_of(settings, "receipt_key_file"));
  options.receipt_key = std::move(receipt_key);
  return options;
}

ClientRequest Uplink::request(std::string method, std::string url, Millis timeout) const {
  ClientRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers.push_back({"User-Agent", fmt::format("candor/{}", build_package())});
  request.headers.push_back({"Accept", "application/json"});
  request.proxy = options_.proxy;
  request.ca_file = options_.ca_file;
  request.connect_timeout = std::min(kConnectTime, timeout);
  request.timeout = timeout;
  request.max_response_bytes = kMaxUplinkAnswerBytes;
  request.keep_going = keep_going_;
  return request;
}

Result<std::optional<std::string>> Uplink::receipt_key(Millis timeout) {
  CANDOR_ASSIGN(response, client_.send(request("GET", options_.endpoint + "/v1/key", timeout)));
  if (response.status >= 500 || response.status == 429) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("The collector answered {}.", response.status)};
  }
  if (response.status != 200) return std::optional<std::string>();
  const auto json = parse_json(response.body);
  const auto key = json.ok() ? string_member(*json, "key") : std::string();
  if (key.empty()) return std::optional<std::string>();
  return std::optional(key);
}

Result<Delivery> Uplink::post(std::string_view bytes, std::string_view sha256, Millis timeout) {
  auto message = request("POST", reports_url(), timeout);
  message.headers.push_back({"Content-Type", "application/json"});
  message.headers.push_back({"Content-Encoding", "zstd"});
  message.headers.push_back({"Idempotency-Key", std::string(sha256)});
  if (!options_.write_key.empty()) {
    message.headers.push_back({"Authorization", "Basic " + to_base64(options_.write_key + ":")});
  }
  message.body = zstd(bytes);
  // A small body leaves in one go, before the transfer asks for the first time.
  if (keep_going_ && !keep_going_())
    return Error{ErrorKind::kTryAgain, "The transfer was stopped."};
  auto response = client_.send(message);
  if (!response.ok() && response.error().kind == ErrorKind::kTryAgain) return response.error();
  if (!response.ok()) return Delivery{{}, response.error().message, Json(nullptr)};
  auto answer = parse_json(response->body);
  Delivery delivery{
      {response->status, std::string(response->header("Retry-After"))}, "", Json(nullptr)};
  if (answer.ok()) delivery.answer = std::move(*answer);
  if (response->status < 200 || response->status > 299)
    delivery.problem = problem_of(*response, delivery.answer);
  return delivery;
}

}  // namespace candor
