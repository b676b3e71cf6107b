#include "simulate/post.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/mutex.h"
#include "base/numbers.h"
#include "simulate/amounts.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::chrono::milliseconds kProgressInterval{250};
constexpr std::size_t kMaxQuotedBytes = 300;  // of a message of the collector's

// What one answer adds to the counts; false when it is no answer of a collector's.
bool count_answer(std::string_view body, PostCounts& counts) {
  const auto answer = parse_json(body);
  if (!answer.ok()) return false;
  const auto status = string_member(*answer, "status");
  if (const auto* dropped = find_member(*answer, "dropped");
      dropped != nullptr && dropped->is_array()) {
    for (const auto& entry : *dropped) counts.dropped_values += count_member(entry, "count");
  }
  std::uint64_t* const count = status == "accepted"             ? &counts.accepted
                               : status == "partly_quarantined" ? &counts.partly_quarantined
                               : status == "quarantined"        ? &counts.quarantined
                               : status == "duplicate"          ? &counts.duplicates
                                                                : nullptr;
  if (count != nullptr) ++*count;
  return count != nullptr;
}

std::string quoted_error(const ClientResponse& response) {
  const auto answer = parse_json(response.body);
  const auto* error = answer.ok() ? find_member(*answer, "error") : nullptr;
  const auto message = error != nullptr ? string_member(*error, "message") : std::string();
  return fmt::format("{} {}", response.status, message.substr(0, kMaxQuotedBytes));
}

class Run {
 public:
  Run(const Fleet& fleet, const PostOptions& options)
      : fleet_(fleet),
        options_(options),
        url_(report_url(options.url)),
        started_(options.now()),
        total_(fleet.count()),
        day_(fleet.first_day() - 1) {}

  PostSummary finish() {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(options_.connections));
    {
      MutexLock lock(mutex_);
      running_ = options_.connections;
    }
    for (int i = 0; i < options_.connections; ++i) {
      threads.emplace_back([this, i] { work(static_cast<std::uint64_t>(i)); });
    }
    watch();
    threads.clear();
    MutexLock lock(mutex_);
    PostSummary summary{total_, counts_, elapsed(), first_refusal_, failure_};
    summary.counts.undelivered = total_ - counts_.answered();
    return summary;
  }

 private:
  std::chrono::milliseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(options_.now() - started_);
  }

  void watch() {
    MutexLock lock(mutex_);
    while (running_ > 0) {
      ended_.wait_for(mutex_, kProgressInterval);
      if (!options_.on_progress) continue;
      const PostProgress progress{total_, counts_, elapsed(), trouble_};
      mutex_.unlock();
      options_.on_progress(progress);
      mutex_.lock();
    }
  }

  void work(std::uint64_t connection) {
    const auto client = options_.make_client();
    Dice chance({connection, total_});
    while (const auto planned = next()) deliver(*client, fleet_.make_report(*planned), chance);
    MutexLock lock(mutex_);
    --running_;
    ended_.notify_all();
  }

  std::optional<PlannedReport> next() {
    MutexLock lock(mutex_);
    if (failure_) return std::nullopt;
    while (position_ == plan_.size()) {
      if (++day_ >= fleet_.options().until) return std::nullopt;
      plan_ = fleet_.plan(day_);
      position_ = 0;
    }
    return plan_[position_++];
  }

  void deliver(HttpClient& client, const SimulatedReport& report, Dice& chance) {
    ClientRequest request;
    request.method = "POST";
    request.url = url_;
    request.headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", report.sha256}};
    request.body = report.body;
    request.timeout = kPostTimeout;
    const auto first_try = options_.now();
    for (int attempt = 1;; ++attempt) {
      const auto response = client.send(request);
      const auto next = next_after(response.ok() ? response->status : 0);
      if (next != PostNext::kAgain) return settle(report, *response, next);
      const auto trouble = response.ok() ? quoted_error(*response) : response.error().message;
      const auto wait =
          wait_before(attempt, response.ok() ? response->header("Retry-After") : "", chance.next());
      if (!goes_on(trouble, options_.now() + wait - first_try)) return;
      options_.wait ? options_.wait(wait) : std::this_thread::sleep_for(wait);
    }
  }

  // Whether a report that has met trouble is tried again.
  bool goes_on(const std::string& trouble, std::chrono::steady_clock::duration tried) {
    MutexLock lock(mutex_);
    if (failure_) return false;
    trouble_ = trouble;
    if (tried > options_.patience) {
      failure_ = Error{
          ErrorKind::kUnavailable,
          fmt::format("The collector did not take a report for {} s: {} Run the same command "
                      "again when it is "
                      "back; what it has already it counts as duplicates.",
                      std::chrono::ceil<std::chrono::seconds>(options_.patience).count(), trouble)};
      return false;
    }
    ++counts_.retries;
    return true;
  }

  void settle(const SimulatedReport& report, const ClientResponse& response, PostNext next) {
    MutexLock lock(mutex_);
    trouble_.clear();
    counts_.bytes += report.body.size();
    if (next == PostNext::kAnswered && count_answer(response.body, counts_)) return;
    ++counts_.refused;
    if (!first_refusal_.empty()) return;
    first_refusal_ = next == PostNext::kAnswered
                         ? fmt::format("{} answered as no collector does.", url_)
                         : quoted_error(response);
  }

  const Fleet& fleet_;
  const PostOptions& options_;
  const std::string url_;
  const std::chrono::steady_clock::time_point started_;
  const std::uint64_t total_;

  Mutex mutex_;
  Condition ended_;
  int running_ CANDOR_GUARDED_BY(mutex_) = 0;
  std::int64_t day_ CANDOR_GUARDED_BY(mutex_);
  std::vector<PlannedReport> plan_ CANDOR_GUARDED_BY(mutex_);
  std::size_t position_ CANDOR_GUARDED_BY(mutex_) = 0;
  PostCounts counts_ CANDOR_GUARDED_BY(mutex_);
  std::string trouble_ CANDOR_GUARDED_BY(mutex_);
  std::string first_refusal_ CANDOR_GUARDED_BY(mutex_);
  std::optional<Error> failure_ CANDOR_GUARDED_BY(mutex_);
};

}  // namespace

std::string report_url(std::string_view collector) {
  constexpr std::string_view kRoute = "/v1/reports";
  while (collector.ends_with('/')) collector.remove_suffix(1);
  return std::string(collector) + (collector.ends_with(kRoute) ? "" : std::string(kRoute));
}

PostNext next_after(int status) {
  if (status >= 200 && status < 300) return PostNext::kAnswered;
  return status == 0 || status == 408 || status == 429 || status >= 500 ? PostNext::kAgain
                                                                        : PostNext::kRefused;
}

std::chrono::milliseconds wait_before(int attempt, std::string_view retry_after,
                                      std::uint64_t random) {
  if (const auto seconds = parse_unsigned<std::uint32_t>(retry_after)) {
    return std::min(std::chrono::seconds(*seconds), kLongestRetryAfter);
  }
  const auto most = std::min<std::chrono::milliseconds>(
      kFirstRetryWait * (1 << std::clamp(attempt - 1, 0, 10)), kLongestRetryWait);
  return std::chrono::milliseconds(1 + random % static_cast<std::uint64_t>(most.count()));
}

Result<PostSummary> post_reports(const Fleet& fleet, const PostOptions& options) {
  const auto url = parse_url(options.url);
  if (!url.ok()) return Error{ErrorKind::kUsage, url.error().message};
  CANDOR_TRY(
      check_amount("The number of connections", options.connections, kMaxSimulateConnections));
  return Run(fleet, options).finish();
}

}  // namespace candor
