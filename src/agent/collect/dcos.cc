#include "agent/collect/dcos.h"

#include <fmt/format.h>

#include <utility>

#include "agent/collect/dcos_limits.h"
#include "agent/collect/dcos_tracks.h"
#include "config/settings.h"

namespace candor {
namespace {

constexpr std::string_view kCosmosAsks =
    "application/vnd.dcos.package.list-request+json;charset=utf-8;version=v1";
constexpr std::string_view kCosmosAnswers =
    "application/vnd.dcos.package.list-response+json;charset=utf-8;version=v1";

class Asking {
 public:
  Asking(const DcosRequest& request, HttpClient& client) : request_(request), client_(client) {}

  // The answers of all addresses of a source as one object.
  Result<Json> ask(const std::string& method, const std::vector<std::string>& urls,
                   std::vector<HttpHeader> headers) {
    Json whole = Json::object();
    for (const auto& url : urls) {
      CANDOR_ASSIGN(answer, ask_one(method, url, headers));
      for (auto& [key, value] : answer.items()) whole[key] = std::move(value);
    }
    return whole;
  }

 private:
  Result<Json> ask_one(const std::string& method, const std::string& url,
                       const std::vector<HttpHeader>& headers) {
    ClientRequest message;
    message.method = method;
    message.url = url;
    message.headers = headers;
    if (!request_.config.token.empty())
      message.headers.push_back({"Authorization", "token=" + request_.config.token});
    message.body = "{}";  // with every question, also with a GET
    message.proxy_use = ProxyUse::kNever;
    message.ca_file = request_.config.ca_file;
    message.connect_timeout = std::min(kDcosConnectTime, request_.config.timeout);
    message.timeout = request_.config.timeout;
    message.max_response_bytes = kMaxDcosAnswerBytes;
    message.keep_going = request_.keep_going;
    const auto response = client_.send(message);
    if (!response.ok()) return response.error();
    const auto where = without_password(url);
    if (response->status != 200) {
      return Error{ErrorKind::kUnavailable, fmt::format("{} answered {}", where, response->status)};
    }
    auto json = parse_json(response->body);
    if (json.ok() && json->is_object()) return json;
    return Error{ErrorKind::kBadData, fmt::format("{} answered no JSON object", where)};
  }

  const DcosRequest& request_;
  HttpClient& client_;
};

std::string left_out(std::string_view track, const Error& error) {
  auto message = error.message;
  while (message.ends_with('.')) message.pop_back();
  return fmt::format("The track {} is left out: {}.", track, message);
}

// The diagnostics track of what is known: the cluster's units, else this machine's; and totals.
void add_diagnostics(std::optional<TrackProperties> cluster, const DcosRequest& request,
                     Json& document) {
  const auto& units = request.units;
  if (!cluster && !units) return;
  const auto* source = cluster ? "cluster" : "machine";
  auto properties = cluster ? std::move(*cluster) : unit_properties(*units);
  if (units) properties.merge(unit_totals(*units));
  document["diagnostics"] =
      make_track("health", std::move(properties), request.config.facts, source);
}

}  // namespace

Result<Collected> collect_dcos(const DcosRequest& request, HttpClient& client) {
  const auto& config = request.config;
  Collected seen;
  Asking asking(request, client);
  // A track's own properties; nothing, with a note, when its source did not give them.
  const auto properties =
      [&](std::string_view track, Result<Json> answer,
          auto(*make)(const Json&)->Result<TrackProperties>) -> std::optional<TrackProperties> {
    auto made = answer.ok() ? make(*answer) : Result<TrackProperties>(answer.error());
    if (made.ok()) return std::move(*made);
    seen.notes.push_back(left_out(track, made.error()));
    return std::nullopt;
  };
  const auto stopped = [&] { return request.keep_going && !request.keep_going(); };
  const Error stop{ErrorKind::kTryAgain, "Collecting was stopped."};

  if (request.tracks.contains("cosmos")) {
    auto own = properties("cosmos",
                          asking.ask("POST", config.cosmos_urls,
                                     {{"Content-Type", std::string(kCosmosAsks)},
                                      {"Accept", std::string(kCosmosAnswers)}}),
                          cosmos_properties);
    if (own) seen.document["cosmos"] = make_track("package_list", std::move(*own), config.facts);
  }
  if (stopped()) return stop;
  if (request.tracks.contains("diagnostics")) {
    add_diagnostics(properties("diagnostics", asking.ask("GET", config.diagnostics_urls, {}),
                               diagnostics_properties),
                    request, seen.document);
  }
  if (stopped()) return stop;
  if (request.tracks.contains("mesos")) {
    auto own = properties("mesos", asking.ask("GET", config.mesos_urls, {}), mesos_properties);
    if (own) seen.document["mesos"] = make_track("mesos_track", std::move(*own), config.facts);
  }
  if (stopped()) return stop;
  return seen;
}

}  // namespace candor
