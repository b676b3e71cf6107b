#include "agent/relay/plausible_sender.h"

#include <fmt/format.h>

#include "agent/outbox/last_failure.h"
#include "agent/relay/plausible_posts.h"
#include "agent/send/limits.h"
#include "base/digest.h"
#include "config/settings.h"

namespace candor {
namespace {

constexpr std::string_view kProgress = "progress.json";

// How many events of that file were posted.
std::size_t progress_of(const StateFolder& relay, const std::string& id) {
  const auto json = relay.read_json(kProgress);
  if (!json.ok() || string_member(*json, "file") != id) return 0;
  return count_member(*json, "posted");
}

class Posting {
 public:
  Posting(const StateFolder& relay, const PlausibleTarget& target, HttpClient& client,
          std::function<bool()> keep_going, const Clock& clock, SendRequest request)
      : relay_(relay),
        outbox_(relay, request.limits),
        target_(target),
        client_(client),
        keep_going_(std::move(keep_going)),
        clock_(clock),
        request_(request),
        deadline_(std::chrono::steady_clock::now() + request.time) {}

  Result<PlausibleSummary> run() {
    CANDOR_TRY(outbox_.expire(clock_.now()));
    CANDOR_ASSIGN(pending, outbox_.pending());
    for (const auto& file : pending) {
      if (summary_.sent.error || time_is_over()) {
        ++summary_.sent.left;
        continue;
      }
      CANDOR_TRY(send_file(file));
    }
    auto& sent = summary_.sent;
    if (sent.error && !sent.stopped) {
      (void)note_failure(relay_, {clock_.now(), sent.error->message, std::nullopt});
    } else if (sent.sent > 0) {
      (void)clear_failure(relay_);
    }
    return std::move(summary_);
  }

 private:
  bool time_is_over() const { return std::chrono::steady_clock::now() >= deadline_; }

  Status send_file(const PendingReport& file) {
    const auto bytes = outbox_.read(file.id);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) return Ok{};  // dropped by `off`
    if (!bytes.ok()) return bytes.error();
    const auto posts = plausible_posts(*bytes, target_.domain);
    LogEntry entry{file.id,
                   file.sealed_at,
                   clock_.now(),
                   bytes->size(),
                   sha256_hex(*bytes),
                   "sent",
                   without_password(target_.options.shown_url())};
    if (!posts.ok()) {
      ++summary_.sent.refused;
      summary_.sent.refusal = posts.error().message + ".";
      entry.status = "refused";
      return outbox_.mark_refused(entry);
    }
    for (auto i = progress_of(relay_, file.id); i < posts->size(); ++i) {
      if (time_is_over() || !post((*posts)[i])) {
        ++summary_.sent.left;
        return Ok{};
      }
      CANDOR_TRY(relay_.write(kProgress,
                              to_pretty({{"format", 1}, {"file", file.id}, {"posted", i + 1}})));
    }
    CANDOR_TRY(outbox_.mark_sent(entry, Json(nullptr)));
    ++summary_.sent.sent;
    summary_.sent.status = entry.status;
    summary_.sent.last_id = file.id;
    return relay_.remove(kProgress);
  }

  // Whether the server has answered it for good.
  bool post(const PlausiblePost& event) {
    if (!keep_going_()) return stop(Error{ErrorKind::kTryAgain, "The transfer was stopped."});
    ClientRequest message;
    message.method = "POST";
    message.url = target_.options.endpoint + target_.options.path;
    message.headers = {{"User-Agent", std::string(kPlausibleUserAgent)},
                       {"Content-Type", "application/json"},
                       {"X-Forwarded-For", event.address}};
    message.body = event.body;
    message.proxy = target_.options.proxy;
    message.ca_file = target_.options.ca_file;
    message.connect_timeout = kConnectTime;
    message.timeout = kUploadTime;
    message.max_response_bytes = kMaxUplinkAnswerBytes;
    message.keep_going = keep_going_;
    const auto response = client_.send(message);
    if (!response.ok() && response.error().kind == ErrorKind::kTryAgain)
      return stop(response.error());
    TryOutcome outcome;
    if (response.ok()) outcome = {response->status, std::string(response->header("Retry-After"))};
    const auto step =
        next_step(outcome, request_.tries, clock_.now(), request_.random, request_.pace);
    if (step.kind == NextStep::Kind::kRefused ||
        (response.ok() && !response->header("x-plausible-dropped").empty()))
      ++summary_.not_taken;
    if (step.kind == NextStep::Kind::kDone || step.kind == NextStep::Kind::kRefused) return true;
    auto problem = response.ok() ? fmt::format("The target answered {}.", response->status)
                                 : response.error().message;
    if (!problem.ends_with('.')) problem += '.';
    summary_.sent.retry_after = step.wait;
    if (step.kind == NextStep::Kind::kRetry) {
      summary_.sent.error = Error{ErrorKind::kTryAgain, std::move(problem)};
      return false;
    }
    summary_.sent.error = Error{ErrorKind::kConfiguration,
                                problem + " Is relay_target the address of a Plausible server?"};
    return false;
  }

  bool stop(const Error& error) {
    summary_.sent.stopped = true;
    summary_.sent.error = error;
    return false;
  }

  const StateFolder& relay_;
  const Outbox outbox_;
  const PlausibleTarget& target_;
  HttpClient& client_;
  const std::function<bool()> keep_going_;
  const Clock& clock_;
  const SendRequest request_;
  const std::chrono::steady_clock::time_point deadline_;
  PlausibleSummary summary_;
};

}  // namespace

Result<PlausibleSummary> send_to_plausible(const StateFolder& relay, const PlausibleTarget& target,
                                           HttpClient& client, std::function<bool()> keep_going,
                                           const Clock& clock, SendRequest request) {
  auto lock = relay.try_lock("send.lock");
  if (!lock.ok()) return lock.error();
  return Posting(relay, target, client, std::move(keep_going), clock, request).run();
}

}  // namespace candor
