#include "agent/send/uplink.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/send/limits.h"
#include "agent/send/segment.h"
#include "base/build_version.h"
#include "base/digest.h"
#include "contract/limits.h"
#include "wire/basic_auth.h"
#include "wire/compression.h"
#include "wire/remote_write.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::size_t kMaxToldAnswer = 300;  // bytes of a line of text

// What the collector says went wrong, in its own words when it has any.
std::string problem_of(const ClientResponse& response, const Json& answer) {
  const auto* error = find_member(answer, "error");
  // Segment's errors are {"code", "message"}.
  const auto message = string_member(error == nullptr ? answer : *error, "message");
  // Remote write's are a line of text.
  if (message.empty() && response.header("Content-Type").starts_with("text/plain")) {
    const auto line = response.body.substr(0, std::min(response.body.find('\n'), kMaxToldAnswer));
    return fmt::format("The collector answered {}: {}", response.status, line);
  }
  if (message.empty()) return fmt::format("The collector answered {}.", response.status);
  return fmt::format("The collector answered {}: {}", response.status, message);
}

Result<Wire> wire_of(const Settings& settings, const Contract& contract) {
  const auto& setting = settings.setting("wire");
  if (settings.text("wire") == "native") return Wire::kNative;
  if (contract.accepts_protocol("segment") && has_tracks(contract)) return Wire::kSegment;
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}: the contract of {} {}. Go back with: candor config set wire native",
                           setting.origin, contract.product,
                           contract.accepts_protocol("segment")
                               ? "has no member with event and properties, which a Segment track is"
                               : "does not accept segment")};
}

// That the endpoint is an address that reports may go to.
Status check_endpoint(const Settings& settings, const Contract& contract, std::string_view setting,
                      const std::string& endpoint) {
  const bool configured = !settings.text(setting).empty();
  auto url = parse_url(endpoint);
  if (!url.ok()) {
    return std::move(url).error().in(
        configured ? fmt::format("{}: {}", settings.setting(setting).origin, setting)
                   : contract.file);
  }
  if (url->scheme == "http" && !url->is_loopback() && !settings.boolean("insecure")) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{} {} is plain http to another machine: anybody on the way "
                             "could read the reports. "
                             "Use https, or allow it with: candor config set insecure true",
                             setting, url->without_credentials())};
  }
  return Ok{};
}

// Where to, as `setting` or the contract says.
Result<UplinkOptions> options_for(const Settings& settings, const Contract& contract,
                                  std::string_view setting, const std::string& of_contract) {
  UplinkOptions options;
  options.setting = setting;
  const bool configured = !settings.text(setting).empty();
  options.endpoint = configured ? settings.text(setting) : of_contract;
  if (options.endpoint.empty()) {
    return Error{
        ErrorKind::kConfiguration,
        "There is no collector to send to. Name one: candor config set endpoint https://HOST"};
  }
  CANDOR_TRY(check_endpoint(settings, contract, setting, options.endpoint));
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

}  // namespace

std::string UplinkOptions::shown_url() const { return without_password(endpoint) + path; }

Result<UplinkOptions> uplink_options(const Settings& settings, const Contract& contract) {
  CANDOR_ASSIGN(options, options_for(settings, contract, "endpoint", contract.endpoint));
  CANDOR_ASSIGN(wire, wire_of(settings, contract));
  options.wire = wire;
  if (wire == Wire::kSegment) options.path = "/v1/batch";
  return options;
}

Status check_uplink(const Settings& settings, const Contract& contract) {
  const auto configured = settings.text("endpoint");
  const auto& endpoint = configured.empty() ? contract.endpoint : configured;
  if (!endpoint.empty()) CANDOR_TRY(check_endpoint(settings, contract, "endpoint", endpoint));
  CANDOR_ASSIGN(wire, wire_of(settings, contract));
  (void)wire;
  return Ok{};
}

bool is_one_collector(const Settings& settings, const Contract& contract,
                      const UplinkOptions& devices) {
  const auto options = options_for(settings, contract, "endpoint", contract.endpoint);
  if (!options.ok()) return false;
  const auto reports = parse_url(options->endpoint);
  const auto apart = parse_url(devices.endpoint);
  return reports.ok() && apart.ok() && reports->scheme == apart->scheme &&
         reports->host == apart->host && reports->port == apart->port &&
         reports->path == apart->path;
}

Result<UplinkOptions> device_uplink_options(const Settings& settings, const Contract& contract) {
  const bool apart = !settings.text("device_endpoint").empty() ||
                     (settings.text("endpoint").empty() && !contract.device_endpoint.empty());
  CANDOR_ASSIGN(options,
                apart ? options_for(settings, contract, "device_endpoint", contract.device_endpoint)
                      : uplink_options(settings, contract));
  if (apart && !is_one_collector(settings, contract, options)) {
    // The key that a customer was given for reports would tell whose devices these are, and the
    // other collector signs with a key of its own.
    options.write_key.clear();
    options.receipt_key.clear();
    options.carries_no_key = true;
  }
  options.wire = Wire::kNative;  // nobody else has an address for them
  options.path = "/v1/devices";
  return options;
}

Result<UplinkOptions> event_uplink_options(const Settings& settings, const Contract& contract) {
  const bool apart = !settings.text("relay_target").empty();
  CANDOR_ASSIGN(options, apart ? options_for(settings, contract, "relay_target", "")
                               : uplink_options(settings, contract));
  options.wire = Wire::kNative;
  options.path = apart ? "/api/event" : "/v1/events";
  if (!apart) return options;
  options.write_key.clear();
  options.receipt_key.clear();
  options.carries_no_key = true;
  return options;
}

Result<UplinkOptions> program_uplink_options(const Settings& settings, const Contract& contract) {
  CANDOR_ASSIGN(options, uplink_options(settings, contract));
  if (options.wire != Wire::kNative) {
    return Error{
        ErrorKind::kConfiguration,
        fmt::format("{}: an endpoint that speaks Segment takes no files of events, so what "
                    "programs record stays here. Go back with: candor config set wire "
                    "native",
                    settings.setting("wire").origin)};
  }
  options.path = "/v1/events";
  return options;
}

Result<UplinkOptions> metric_uplink_options(const Settings& settings, const Contract& contract) {
  CANDOR_ASSIGN(options, uplink_options(settings, contract));
  if (options.wire != Wire::kNative || !contract.accepts_protocol("prometheus")) {
    return Error{ErrorKind::kConfiguration,
                 options.wire != Wire::kNative
                     ? fmt::format("{}: an endpoint that speaks Segment takes no metrics, so they "
                                   "stay here. Go back with: candor config set wire native",
                                   settings.setting("wire").origin)
                     : fmt::format("{}: accepts does not name prometheus, so no collector takes "
                                   "the metrics of {}, and they stay here.",
                                   contract.file, contract.product)};
  }
  options.wire = Wire::kRemoteWrite;
  // Remote write does not say of which product it is: the key does, or the address.
  options.path = options.write_key.empty() ? fmt::format("/p/{}/api/v1/write", contract.product)
                                           : "/api/v1/write";
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
  message.body = zstd(bytes);
  return deliver(std::move(message));
}

Result<Delivery> Uplink::post_batch(std::string body, Millis timeout) {
  auto message = request("POST", reports_url(), timeout);
  message.headers.push_back({"Content-Type", "application/json"});
  message.body = std::move(body);
  return deliver(std::move(message));
}

Result<Delivery> Uplink::post_block(std::string body, Millis timeout) {
  auto message = request("POST", reports_url(), timeout);
  for (auto& header : remote_write_headers()) message.headers.push_back(std::move(header));
  message.body = std::move(body);
  return deliver(std::move(message));
}

Result<Delivery> Uplink::ask_to_forget(const DeletionRequest& asked, Millis timeout) {
  auto message = request("POST", options_.endpoint + "/v1/forget", timeout);
  message.headers.push_back({"Content-Type", "application/json"});
  message.body = to_body(asked);
  return deliver(std::move(message));
}

Result<std::optional<std::string>> Uplink::insights(const std::string& product,
                                                    std::string_view kept_etag, Millis timeout) {
  CANDOR_ASSIGN(endpoint, parse_url(options_.endpoint));
  // The user of an address is somebody's name, too.
  auto message = request("GET",
                         fmt::format("{}/api/v1/products/{}/insights.json",
                                     endpoint.without_credentials(), url_encode(product)),
                         timeout);
  message.headers.clear();
  if (!kept_etag.empty()) message.headers.push_back({"If-None-Match", std::string(kept_etag)});
  message.max_response_bytes = kMaxInsightsBytes;
  CANDOR_ASSIGN(response, client_.send(message));
  if (response.status == 200) return std::optional(std::move(response.body));
  if (response.status == 304 && !kept_etag.empty()) return std::optional<std::string>();
  const auto answer = parse_json(response.body);
  return Error{ErrorKind::kUnavailable,
               problem_of(response, answer.ok() ? *answer : Json(nullptr))};
}

Result<Delivery> Uplink::deliver(ClientRequest message) {
  if (!options_.write_key.empty()) {
    message.headers.push_back({"Authorization", basic_authorization(options_.write_key, "")});
  }
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
