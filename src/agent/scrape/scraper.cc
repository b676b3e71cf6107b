#include "agent/scrape/scraper.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>

#include "agent/scrape/limits.h"
#include "base/log.h"
#include "contract/check.h"
#include "metrics/exposition_reader.h"
#include "wire/basic_auth.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::string_view kAccept =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

constexpr std::string_view kUpMetric = "up";

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

// What stands behind '?' in a URL may be a secret.
std::string without_query(std::string text, std::string_view url) {
  const auto mark = url.find('?');
  if (mark == std::string_view::npos) return text;
  const auto query = url.substr(mark);
  for (auto at = text.find(query); at != std::string::npos; at = text.find(query, at + 2))
    text.replace(at, query.size(), "?…");
  return text;
}

// Two troubles that differ by numbers alone, as of a line, are one.
std::string without_digits(std::string text) {
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text;
}

Error wrong(const ScrapeSetting& setting, std::string_view what) {
  return Error{ErrorKind::kConfiguration,
               fmt::format("{}: monitor.scrape {}: {}", setting.origin, setting.name, what)};
}

Status check(const ScrapeSetting& setting) {
  const auto url = parse_url(setting.url);
  if (!url.ok()) return wrong(setting, url.error().message);
  if (!url->user.empty()) {
    return wrong(setting,
                 "a user in the URL is seen in lists of processes and logs. Write "
                 "username and password_file.");
  }
  if (!setting.password_file.empty() && setting.username.empty())
    return wrong(setting, "there is a password_file, and no username.");
  if (!setting.username.empty() && url->scheme == "http" && !url->is_loopback())
    return wrong(setting, "a password goes over https only, except on this machine.");
  return Ok{};
}

}  // namespace

struct Scraper::Service {
  ScrapeSetting setting;
  std::unique_ptr<HttpClient> client = make_http_client();  // keeps its connection
  // Of this time:
  std::string trouble{};
  SiftedMetrics sifted{};
  std::chrono::steady_clock::duration took{};
  // Told in the log:
  std::string said{};
  std::string said_collided{};
};

Status check_scrapes(const Settings& settings) {
  for (const auto& setting : settings.scrapes()) CANDOR_TRY(check(setting));
  return Ok{};
}

Status check_scrape_secrets(const Settings& settings) {
  for (const auto& setting : settings.scrapes()) {
    const auto password = secret_in(setting.password_file, "password_file");
    if (!password.ok()) return wrong(setting, password.error().message);
  }
  return Ok{};
}

Scraper::Scraper(std::vector<ScrapeSetting> services, ContractPtr contract, std::string key)
    : contract_(std::move(contract)), key_(std::move(key)) {
  for (auto& setting : services) {
    services_.push_back(std::make_unique<Service>());
    services_.back()->setting = std::move(setting);
  }
}

Scraper::~Scraper() = default;

void Scraper::scrape(Families& into, std::chrono::milliseconds limit) {
  {
    std::vector<std::jthread> asking;
    for (auto& service : services_)
      asking.emplace_back([this, &one = *service, limit] { ask(one, limit); });
  }
  for (auto& service : services_) {
    add(*service, into);
    note(*service);
    service->sifted = {};
  }
}

// Touches nothing but the service.
void Scraper::ask(Service& service, std::chrono::milliseconds limit) const {
  const auto& setting = service.setting;
  const auto began = std::chrono::steady_clock::now();
  const auto trouble_with = [&]() -> Status {
    ClientRequest request;
    request.url = setting.url;
    request.ca_file = setting.ca_file;
    request.proxy_use = ProxyUse::kNever;
    request.connect_timeout = request.timeout = limit;
    request.max_response_bytes = kMaxServiceAnswerBytes;
    request.headers = {{"Accept", std::string(kAccept)},
                       {"X-Prometheus-Scrape-Timeout-Seconds",
                        fmt::format("{:.3f}", std::chrono::duration<double>(limit).count())}};
    if (!setting.username.empty()) {
      CANDOR_ASSIGN(password, secret_in(setting.password_file, "password_file"));
      request.headers.push_back({"Authorization", basic_authorization(setting.username, password)});
    }
    CANDOR_ASSIGN(answer, service.client->send(request));
    if (answer.status != 200) {
      return Error{ErrorKind::kUnavailable, fmt::format("it answers with status {} and not with "
                                                        "metrics.",
                                                        answer.status)};
    }
    const MutexLock lock(reading_);
    CANDOR_ASSIGN(families,
                  read_exposition(answer.body, exposition_of(answer.header("Content-Type"))));
    answer.body = {};
    // Ours says whether it answered.
    std::erase_if(families, [](const auto& family) { return family.name == kUpMetric; });
    const MetricSieve sieve(*contract_, key_, day_of(system_clock().now()));
    service.sifted = sieve.sift(std::move(families), setting.name);
    return Ok{};
  }();
  service.trouble =
      trouble_with.ok() ? "" : without_query(trouble_with.error().message, setting.url);
  // Its certificates may be others by now.
  if (!trouble_with.ok()) service.client = make_http_client();
  service.took = std::chrono::steady_clock::now() - began;
}

void Scraper::add(Service& service, Families& into) {
  const FamilyLabel job{std::string(kJobLabel), service.setting.name};
  into.add(std::move(service.sifted.families));
  into.gauge(kUpMetric, "Whether a service answered with metrics.", service.trouble.empty() ? 1 : 0,
             {job});
  into.gauge("candor_scrape_duration_seconds", "How long a service took to answer.",
             seconds(service.took), {job});
  const auto& counts = service.sifted.counts;
  for (const auto& [outcome, count] : {std::pair("kept", counts.kept),
                                       {"undeclared", counts.undeclared},
                                       {"wrong_type", counts.wrong_type},
                                       {"collided", counts.collided}}) {
    into.gauge("candor_scrape_samples",
               "Samples that a service exposed, by what the contract makes of them.",
               static_cast<double>(count), {job, {"outcome", outcome}});
  }
}

void Scraper::note(Service& service) {
  const auto& name = service.setting.name;
  const auto say = without_digits(service.trouble);
  if (say != service.said && !say.empty()) log_warning("metrics of {}: {}", name, service.trouble);
  if (service.trouble.empty() && !service.said.empty())
    log_info("metrics of {} are there again", name);
  service.said = say;
  auto collided = fmt::format("{}", fmt::join(service.sifted.collided, ", "));
  if (service.trouble.empty() && collided != service.said_collided) {
    if (!collided.empty()) {
      log_warning(
          "metrics of {}: samples of {} are left out: without the labels that the contract does "
          "not "
          "list they are the same. Let the contract list or key those labels.",
          name, collided);
    }
    service.said_collided = std::move(collided);
  }
  const MutexLock lock(mutex_);
  auto known = std::ranges::find(conditions_, service.setting.name, &ServiceCondition::name);
  if (known == conditions_.end()) known = conditions_.insert(known, {service.setting.name});
  known->is_up = service.trouble.empty();
  known->trouble = service.trouble;
  known->asked = system_clock().now();
}

std::vector<ServiceCondition> Scraper::conditions() const {
  const MutexLock lock(mutex_);
  return conditions_;
}

}  // namespace candor
