#include "server/ops/test_mail.h"

#include <fmt/format.h>

#include <thread>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json.h"
#include "metrics/exposition_reader.h"
#include "server/ops/limits.h"

namespace candor {
namespace {

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::size_t kRunBytes = 8;

Result<ClientResponse> ask(HttpClient& client, const std::string& url, std::string body = "") {
  ClientRequest request;
  request.url = url;
  if (!body.empty()) {
    request.method = "POST";
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = std::move(body);
  }
  CANDOR_ASSIGN(response, client.send(request));
  if (response.status == 200) return response;
  return Error{ErrorKind::kUnavailable,
               fmt::format("{} answered {}. Is it an Alertmanager?", url, response.status)};
}

// How often mails were handed to the mail server, and how often that failed.
struct Tries {
  double all = 0;
  double failed = 0;
};

Result<Tries> tries_so_far(HttpClient& client, const std::string& url) {
  CANDOR_ASSIGN(response, ask(client, url + "/metrics"));
  CANDOR_ASSIGN(families, read_exposition(response.body, Exposition::kText));
  Tries tries;
  for (const auto& family : families) {
    for (const auto& sample : family.samples) {
      if (sample.labels != std::vector<FamilyLabel>{{"integration", "email"}}) continue;
      if (sample.name == "alertmanager_notification_requests_total") tries.all = sample.value;
      if (sample.name == "alertmanager_notification_requests_failed_total")
        tries.failed = sample.value;
    }
  }
  return tries;
}

// Each run is an alert, and so a mail, of its own; it is over before the next one would repeat it.
std::string alert_for(const std::string& inbox) {
  const auto now = system_clock().now();
  Json alert;
  alert["labels"] = {{"alertname", kTestAlert},
                     {"severity", "info"},
                     {"component", "operations"},
                     {"installation", "collector"},
                     {"run", to_hex(random_bytes(kRunBytes))},
                     {kTestLabel, inbox}};
  alert["annotations"] = {{"summary", "mails of alerts arrive here"},
                          {"threshold", "none: somebody ran candor alert test"},
                          {"runbook", "Nothing is to be done."}};
  alert["startsAt"] = format_rfc3339(now);
  alert["endsAt"] = format_rfc3339(now + kTestMailTime);
  return to_line(Json::array({std::move(alert)}));
}

}  // namespace

Status send_test_mail(HttpClient& client, const std::string& alertmanager_url,
                      const std::string& inbox) {
  CANDOR_ASSIGN(before, tries_so_far(client, alertmanager_url));
  const auto deadline = std::chrono::steady_clock::now() + kTestMailTime;
  CANDOR_TRY(ask(client, alertmanager_url + "/api/v2/alerts", alert_for(inbox)));
  double failed = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    CANDOR_ASSIGN(now, tries_so_far(client, alertmanager_url));
    failed = now.failed - before.failed;
    if (now.all - before.all > failed) return Ok{};
    std::this_thread::sleep_for(kPoll);
  }
  if (failed > 0) {
    return Error{ErrorKind::kUnavailable,
                 fmt::format("The mail server did not take the mail, {} times. What it answered is "
                             "in the log of Alertmanager, which is the collector's where it runs "
                             "it: journalctl -u candor-server",
                             failed)};
  }
  return Error{ErrorKind::kUnavailable,
               fmt::format("Alertmanager sent no mail to {} within {} s. Does it use the newest "
                           "configuration? systemctl reload candor-server",
                           inbox, kTestMailTime.count())};
}

}  // namespace candor
