#include "server/ops/ops_questions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "server/ops/limits.h"
#include "server/ops/ops_files.h"
#include "server/ops/scans.h"
#include "wire/basic_auth.h"
#include "wire/url.h"

namespace candor {
namespace {

using std::chrono::steady_clock;

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kShortestDay = 60;  // in seconds, that there are runs of
constexpr std::uint64_t kMaxPasswordBytes = 4'096;

Json document(const std::vector<std::string>& troubles, Instant now) {
  return {{"schema_version", 1}, {"as_of", format_rfc3339(now)}, {"troubles", troubles}};
}

// What is wrong in half a sentence, without the address: that holds the whole question.
Error about_it(Error error, std::string_view url) {
  std::string_view message = error.message;
  while (message.ends_with('.')) message.remove_suffix(1);
  const bool is_named = message.starts_with(url);
  if (is_named) message.remove_prefix(url.size());
  return Error{error.kind, fmt::format("{}{}", is_named ? "it" : "", message)};
}

// The password without white space around it, as Prometheus reads it.
Result<HttpHeader> authorization_of(const ScrapeTarget& target) {
  constexpr std::string_view kWhite = " \t\n\v\f\r";
  const auto text = read_file(target.password_file, kMaxPasswordBytes);
  if (!text.ok())
    return Error{ErrorKind::kBadData, "the file with the password of its scrape cannot be read"};
  std::string_view password = *text;
  password.remove_prefix(std::min(password.find_first_not_of(kWhite), password.size()));
  password = password.substr(0, password.find_last_not_of(kWhite) + 1);
  return HttpHeader{"Authorization", basic_authorization(target.username, password)};
}

}  // namespace

std::string sonar_address(std::string_view metrics_url) {
  constexpr std::string_view kMetrics = "/metrics";
  const auto url = parse_url(metrics_url);
  if (!url.ok() || !metrics_path(*url).ends_with(kMetrics)) return "";
  if (!url->path.empty()) metrics_url.remove_suffix(kMetrics.size());
  return std::string(metrics_url) + "/sonar";
}

OpsQuestions::OpsQuestions(OpsSources sources, HttpClient& client, std::function<bool()> keep_going)
    : sources_(std::move(sources)),
      client_(client),
      keep_going_(std::move(keep_going)),
      deadline_(steady_clock::now() + kOpsPageTime) {}

void OpsQuestions::tell(std::string sentence) {
  if (std::ranges::find(troubles_, sentence) == troubles_.end())
    troubles_.push_back(std::move(sentence));
}

Result<std::string> OpsQuestions::get(ClientRequest request) {
  request.connect_timeout = kOpsConnectTime;
  // As Prometheus asks them.
  request.proxy_use = ProxyUse::kNever;
  request.keep_going = [this] {
    return (!keep_going_ || keep_going_()) && steady_clock::now() < deadline_;
  };
  auto response = client_.send(request);
  if (!response.ok()) return about_it(std::move(response).error(), request.url);
  // Such as of a Prometheus that starts, and reads its log first.
  if (response->status >= 500) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("it answers with status {}", response->status)};
  }
  if (response->status == 404) return Error{ErrorKind::kNotFound, "it answers with status 404"};
  if (response->status != 200)
    return Error{ErrorKind::kBadData, fmt::format("it answers with status {}", response->status)};
  return std::move(response->body);
}

Result<std::string> OpsQuestions::ask(std::string_view address) {
  if (prometheus_away_) return Error{ErrorKind::kUnavailable, "it was away"};
  ClientRequest request;
  request.url = fmt::format("{}{}", sources_.prometheus_url, address);
  request.timeout = kOpsAnswerTime;
  request.max_response_bytes = kMaxOpsAnswerBytes;
  auto answer = sources_.prometheus_url.empty()
                    ? Result<std::string>(Error{ErrorKind::kUnavailable, "it is being started"})
                    : get(std::move(request));
  if (answer.ok()) return answer;
  const auto kind = answer.error().kind;
  prometheus_away_ = kind != ErrorKind::kBadData && kind != ErrorKind::kNotFound;
  tell(
      fmt::format("Prometheus tells nothing at the moment: {}. What stands here is what is "
                  "configured, or is incomplete.",
                  answer.error().message));
  return answer;
}

template <typename T>
std::optional<T> OpsQuestions::asked(std::string_view address,
                                     Result<T> (*parse)(std::string_view)) {
  const auto answer = ask(address);
  if (!answer.ok()) return std::nullopt;
  auto parsed = parse(*answer);
  if (parsed.ok()) return *std::move(parsed);
  tell(parsed.error().message + ".");
  return std::nullopt;
}

std::optional<std::vector<PromSeries>> OpsQuestions::query(std::string_view question, Instant at) {
  return asked(
      fmt::format("/api/v1/query?query={}&time={}", url_encode(question), to_unix_seconds(at)),
      parse_series);
}

std::optional<std::vector<std::string>> OpsQuestions::known_since(Instant begin, Instant now) {
  return asked(fmt::format("/api/v1/label/installation/values?start={}&end={}",
                           to_unix_seconds(begin), to_unix_seconds(now)),
               parse_values);
}

OpsSight OpsQuestions::look(Instant now) {
  OpsSight sight;
  for (const auto& target : sources_.scrape) sight.configured.push_back(target.name);
  for (const auto& one : sources_.pushed) sight.pushed.push_back(one.name);
  const auto take = [](auto answer, auto& into, bool& has) {
    has = answer.has_value();
    if (has) into = *std::move(answer);
  };
  take(asked("/api/v1/alerts", parse_alerts), sight.alerts, sight.has_alerts);
  take(query(heard_question(), now), sight.heard, sight.has_heard);
  take(known_since(now - kKnownTime, now), sight.known, sight.has_known);
  if (!sight.pushed.empty())
    sight.ever_known = known_since(now - sources_.retention, now).value_or(sight.known);
  if (prometheus_away_) return sight;
  if (auto trouble = rules_trouble(sight); !trouble.empty()) tell(std::move(trouble));
  ClientRequest request;
  request.url = sources_.alertmanager_url + "/api/v2/alerts?active=false&unprocessed=false";
  request.timeout = kOpsAnswerTime;
  request.max_response_bytes = kMaxOpsAnswerBytes;
  const auto answer = get(std::move(request));
  auto muted = answer.ok() ? parse_muted(*answer) : answer.error();
  if (muted.ok()) {
    sight.muted = *std::move(muted);
  } else {
    tell(
        fmt::format("Alertmanager tells nothing at the moment: {}. Which alerts are silenced is "
                    "not known, and no mail may be sent.",
                    muted.error().message));
  }
  return sight;
}

// Days that are over, each at its end, and the part of today.
Json OpsQuestions::scans(std::string_view installation, Instant now) {
  const auto seconds = to_unix_seconds(now);
  const auto today = seconds - seconds % kDaySeconds;
  const auto latest = query(scans_question(installation), now);
  if (!latest || latest->empty()) return Json::array();
  const auto days =
      asked(fmt::format("/api/v1/query_range?query={}&start={}&end={}&step={}",
                        url_encode(runs_question(installation, kDaySeconds)),
                        today - (kSonarBarDays - 2) * kDaySeconds, today, kDaySeconds),
            parse_series);
  auto runs = days.value_or(std::vector<PromSeries>());
  // What is shorter would count runs of yesterday.
  if (seconds - today >= kShortestDay) {
    const auto of_today = query(runs_question(installation, seconds - today), now);
    for (const auto& series : of_today.value_or(std::vector<PromSeries>())) runs.push_back(series);
  }
  return scans_document(*latest, runs);
}

Result<Json> OpsQuestions::scans_of(const ScrapeTarget& target) {
  ClientRequest request;
  request.url = sonar_address(target.url);
  request.timeout = kAgentSonarTime;
  request.max_response_bytes = kMaxAgentSonarBytes;
  request.ca_file = target.ca_file.string();
  if (!target.username.empty()) {
    CANDOR_ASSIGN(authorization, authorization_of(target));
    request.headers.push_back(std::move(authorization));
  }
  CANDOR_ASSIGN(answer, get(std::move(request)));
  return scans_of_agent(answer);
}

Json OpsQuestions::panels_of(const std::string& name, const PanelRange& range, Instant now) {
  const auto end = to_unix_seconds(now);
  Json told = Json::array();
  for (const auto& panel : panels()) {
    std::vector<PanelLine> lines;
    for (const auto& one : panel.queries) {
      const auto answer =
          asked(fmt::format("/api/v1/query_range?query={}&start={}&end={}&step={}",
                            url_encode(question_of(one, name, range, sources_.scrape_interval)),
                            end - range.seconds, end, range.step),
                parse_series);
      if (!answer) continue;
      for (auto& line : lines_of(one, *answer, range, end)) lines.push_back(std::move(line));
    }
    auto document = panel_document(panel, std::move(lines));
    if (!document.is_null()) told.push_back(std::move(document));
  }
  return told;
}

Json OpsQuestions::overview(Instant now) {
  const auto sight = look(now);
  Json installations = Json::array();
  const auto all = installations_of(sight);
  const auto count = std::min(all.size(), kMaxToldInstallations);
  for (std::size_t i = 0; i < count; ++i) installations.push_back(document_of(all[i]));
  auto sonar = scans("", now);
  auto told = document(troubles_, now);
  told["installations"] = std::move(installations);
  told["left_out"] = all.size() - count;
  told["alerts"] = alerts_document(sight);
  told["sonar"] = std::move(sonar);
  return told;
}

Result<Json> OpsQuestions::installation(const std::string& name, const PanelRange& range,
                                        Instant now) {
  const auto sight = look(now);
  const auto all = installations_of(sight);
  const auto found = std::ranges::find(all, name, &OpsInstallation::name);
  if (found == all.end()) {
    if (!sight.has_known || !sight.has_heard)
      return Error{ErrorKind::kUnavailable, troubles_.front()};
    return Error{ErrorKind::kNotFound, "There is no installation of that name."};
  }
  const auto target = std::ranges::find(sources_.scrape, name, &ScrapeTarget::name);
  const bool has_agent = target != sources_.scrape.end() && !sonar_address(target->url).empty();
  auto sonar = has_agent ? scans_of(*target) : Error{ErrorKind::kNotFound, ""};
  if (!sonar.ok() && sonar.error().kind != ErrorKind::kNotFound)
    tell(fmt::format("Its agent tells nothing of Sonar: {}.", sonar.error().message));
  // Prometheus knows of its days as far back as it keeps anything.
  const bool is_of_agent = sonar.ok();
  if (!is_of_agent) sonar = scans(name, now);
  auto panels = panels_of(name, range, now);
  auto told = document(troubles_, now);
  told["installation"] = document_of(*found);
  told["alerts"] = alerts_document(sight, name);
  told["sonar"] = {{"source", is_of_agent ? "agent" : "prometheus"}, {"scans", *std::move(sonar)}};
  told["range"] = range.name;
  told["start"] = to_unix_seconds(now) - range.seconds;
  told["step"] = range.step;
  told["panels"] = std::move(panels);
  return told;
}

}  // namespace candor
