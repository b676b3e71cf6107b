#include "agent/endpoint/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/endpoint/limits.h"
#include "base/numbers.h"
#include "metrics/exposition.h"
#include "wire/local_request.h"
#include "wire/url.h"

namespace candor {
namespace {

// What the way there and back may take of the time that a scraper has.
constexpr double kShareOfTime = 0.9;

bool demands_certificate(const WebConfig& web) {
  return web.tls && web.tls->client_certificate == ClientCertificate::kVerified;
}

HttpResponse in_words(int status, std::string_view sentence) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = fmt::format("{}\n", sentence);
  return response;
}

HttpResponse front_page() {
  HttpResponse response;
  response.content_type = "text/html; charset=utf-8";
  response.body =
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width\"><meta name=color-scheme content=\"light dark\">"
      "<title>Candor agent</title><body style=\"font:16px/1.6 system-ui;margin:2rem auto;"
      "max-width:36rem;padding:0 1rem\"><h1>Candor agent</h1><ul>"
      "<li><a href=/metrics>Metrics</a> of this machine and its services"
      "<li><a href=/sonar>Sonar</a>: what its scans found"
      "<li><a href=/actuator/health>Health</a>"
      "<li><a href=/version>Version</a></ul>\n";
  return response;
}

bool is_address(std::string_view path) {
  return path == "/" || path == "/metrics" || path == "/sonar" || path == "/version" ||
         is_health_path(path);
}

// How long a scraper waits, as Prometheus says it; what is left of it for us.
std::chrono::milliseconds time_for(const HttpRequest& request, std::chrono::milliseconds longest) {
  const auto asked = parse_number(request.header("X-Prometheus-Scrape-Timeout-Seconds"));
  if (!asked || *asked <= 0 || *asked * kShareOfTime * 1'000 > static_cast<double>(longest.count()))
    return longest;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*asked * kShareOfTime * 1'000));
}

HttpResponse too_busy() {
  auto response = in_words(503, "Too many wait for an answer. Ask again later.");
  response.headers.push_back({"Retry-After", "5"});
  return response;
}

HttpResponse exposed(const std::vector<MetricFamily>& families, Exposition format) {
  HttpResponse response;
  response.content_type = content_type_of(format);
  response.body = expose(families, format);
  return response;
}

}  // namespace

Status check_endpoint(const std::string& listen, const WebConfig& web) {
  const auto wrong = [&](std::string_view what) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("monitor.listen = \"{}\" {}", listen, what)};
  };
  if (listen.find(':') == std::string::npos)
    return wrong("is no address. Expected HOST:PORT, for example 127.0.0.1:9443.");
  if (is_loopback_host(host_of(listen))) return Ok{};
  if (!web.tls) {
    return wrong(
        "can be reached from elsewhere, and there is no TLS. Put tls_server_config into a web.yml "
        "and name it with monitor.web_config_file.");
  }
  if (web.users.empty() && !demands_certificate(web)) {
    return wrong(
        "can be reached from elsewhere, and anybody could read metrics. Put basic_auth_users, or "
        "client_auth_type: RequireAndVerifyClientCert, into the web.yml of "
        "monitor.web_config_file.");
  }
  return Ok{};
}

Result<std::unique_ptr<Endpoint>> Endpoint::start(const std::string& listen,
                                                  std::shared_ptr<WebConfigFile> web,
                                                  EndpointParts parts) {
  std::unique_ptr<Endpoint> endpoint(new Endpoint(std::move(web), std::move(parts)));
  auto& self = *endpoint;
  HttpServerOptions options;
  options.listen = listen;
  options.tls = self.web_->tls_source();
  options.body_limit = [](std::string_view, std::string_view) { return std::uint64_t{0}; };
  const bool is_tls = static_cast<bool>(options.tls);
  CANDOR_ASSIGN(server, HttpServer::start(std::move(options),
                                          framed_by(self.web_, [&self](HttpRequest&& request,
                                                                       const Respond& respond) {
                                            self.receive(std::move(request), respond);
                                          })));
  self.server_ = std::move(server);
  self.url_ =
      fmt::format("{}://{}", is_tls ? "https" : "http", with_port(listen, self.server_->port()));
  self.looker_ = std::thread([&self] { self.look_at_passwords(); });
  self.scraper_ = std::thread([&self] { self.scrape(); });
  return endpoint;
}

Endpoint::Endpoint(std::shared_ptr<WebConfigFile> web, EndpointParts parts)
    : web_(std::move(web)), parts_(std::move(parts)) {}

Endpoint::~Endpoint() {
  unknown_.close();
  scrapes_.close();
  for (auto* thread : {&looker_, &scraper_})
    if (thread->joinable()) thread->join();
  if (server_) server_->stop(kEndpointStopGrace);
}

bool Endpoint::Queue::put(Waiting waiting) {
  const MutexLock lock(mutex_);
  if (closed_ || waiting_.size() >= kMaxWaitingRequests) return false;
  waiting_.push_back(std::move(waiting));
  came_.notify_one();
  return true;
}

std::vector<Endpoint::Waiting> Endpoint::Queue::take() {
  const MutexLock lock(mutex_);
  while (waiting_.empty() && !closed_) came_.wait(mutex_);
  return std::exchange(waiting_, {});
}

void Endpoint::Queue::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  waiting_.clear();
  came_.notify_all();
}

// On the server's thread: what takes time goes to the worker.
void Endpoint::receive(HttpRequest&& request, const Respond& respond) {
  if (!is_address(request.path))
    return respond(in_words(404, "There is nothing here; / says what there is."));
  if (request.method != "GET" && request.method != "HEAD") {
    auto response = in_words(405, "This address can only be read.");
    response.headers.push_back({"Allow", "GET, HEAD"});
    return respond(std::move(response));
  }
  if (request.path == "/") return respond(front_page());
  if (request.path == "/version") return respond(version_answer());
  Waiting waiting{std::move(request), respond, std::chrono::steady_clock::now()};
  if (needs_a_look(waiting.request)) return put(unknown_, std::move(waiting));
  answer(std::move(waiting));
}

void Endpoint::put(Queue& queue, Waiting waiting) {
  const auto respond = waiting.respond;
  if (!queue.put(std::move(waiting))) respond(too_busy());
}

// Whether there is a password that takes a while to be looked at.
bool Endpoint::needs_a_look(const HttpRequest& request) {
  const auto web = web_->now();
  if (web->config.users.empty()) return false;
  const auto credentials = parse_basic(request.header("Authorization"));
  return credentials && !passwords_.knows(web->config.users, *credentials);
}

void Endpoint::look_at_passwords() {
  for (auto all = unknown_.take(); !all.empty(); all = unknown_.take())
    for (auto& one : all) answer(std::move(one));
}

// Answers at once, but for metrics: those wait for the thread that asks for them.
void Endpoint::answer(Waiting waiting) {
  const auto& request = waiting.request;
  const auto standing = standing_of(request);
  const bool sees_all = standing.sight == Sight::kAll;
  if (request.path != "/metrics" && request.path != "/sonar") {
    return waiting.respond(
        health_answer(parts_.health(), request, sees_all ? Details::kShown : Details::kHidden));
  }
  if (sees_all && request.path == "/sonar") return waiting.respond(sonar());
  if (sees_all) return put(scrapes_, std::move(waiting));
  auto response =
      in_words(403,
               "Without users in web.yml, this is shown on this machine only, by a name of "
               "it and without a proxy.");
  if (standing.sight == Sight::kSignIn) {
    response = in_words(401, "This is for users of web.yml.");
    response.headers.push_back({"WWW-Authenticate", "Basic realm=\"candor\""});
  } else if (standing.sight == Sight::kWait) {
    response = in_words(429, "Too many wrong passwords came from there. Try again later.");
    response.headers.push_back({"Retry-After", std::to_string(standing.wait.count())});
  } else if (standing.sight == Sight::kCertificate) {
    response = in_words(403, "This is for who has a certificate. Connect again with yours.");
  }
  waiting.respond(std::move(response));
}

HttpResponse Endpoint::sonar() const {
  const auto known = parts_.sonar ? parts_.sonar() : std::nullopt;
  if (!known)
    return in_words(404, "Sonar does not run here: monitor.sonar has no targets, or is wrong.");
  HttpResponse response;
  response.body = to_line(*known) + "\n";
  return response;
}

// Who came while others were served is served together: it began after all of them asked. The time
// is that of the one who has least left.
void Endpoint::scrape() {
  for (auto all = scrapes_.take(); !all.empty(); all = scrapes_.take()) {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(all, [&](const Waiting& one) {
      const bool is_late = now - one.since >= time_for(one.request, parts_.longest);
      if (is_late) one.respond(too_busy());
      return is_late;
    });
    auto limit = parts_.longest;
    for (const auto& one : all) {
      const auto left = time_for(one.request, parts_.longest) - (now - one.since);
      limit = std::min(limit, std::chrono::ceil<std::chrono::milliseconds>(left));
    }
    if (all.empty()) continue;
    const auto families = parts_.metrics(limit);
    for (const auto& one : all)
      one.respond(exposed(families, exposition_for(one.request.header("Accept"))));
  }
}

Endpoint::Standing Endpoint::standing_of(const HttpRequest& request) {
  const auto state = web_->now();
  const auto& web = state->config;
  if (!web.users.empty()) {
    const auto credentials = parse_basic(request.header("Authorization"));
    if (!credentials) return {Sight::kSignIn};
    const auto verdict =
        passwords_.check(web.users, *credentials, request.peer, std::chrono::steady_clock::now());
    if (verdict.outcome == PasswordCheck::Outcome::kWait) return {Sight::kWait, verdict.wait};
    return {verdict.outcome == PasswordCheck::Outcome::kRight ? Sight::kAll : Sight::kSignIn};
  }
  // Of a connection from before it was demanded there is none.
  if (demands_certificate(web)) return {request.is_verified ? Sight::kAll : Sight::kCertificate};
  return {is_local(request) ? Sight::kAll : Sight::kLoopbackOnly};
}

}  // namespace candor
