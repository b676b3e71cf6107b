// Sends a fleet's reports to a collector, in the order of their time, over several connections.
//
// A report is sent again until the collector has answered it for good, so a collector that is
// killed and started again in the middle gets everything; it tells what it had already by the
// report's idempotency key.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "simulate/fleet.h"
#include "simulate/limits.h"
#include "wire/http_client.h"

namespace candor {

// reports = accepted + partly_quarantined + quarantined + duplicates + refused + undelivered
struct PostCounts {
  std::uint64_t accepted = 0;
  std::uint64_t partly_quarantined = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t refused = 0;         // answered with an error that trying again does not mend
  std::uint64_t undelivered = 0;     // not answered when the run ended
  std::uint64_t dropped_values = 0;  // that the collector says it dropped as undeclared
  std::uint64_t retries = 0;
  std::uint64_t bytes = 0;  // of the bodies of answered reports

  std::uint64_t answered() const {
    return accepted + partly_quarantined + quarantined + duplicates + refused;
  }
};

struct PostProgress {
  std::uint64_t total = 0;
  PostCounts counts;
  std::chrono::milliseconds elapsed{0};
  std::string trouble;  // why reports are being sent again now; empty: all goes well
};

struct PostSummary {
  std::uint64_t reports = 0;
  PostCounts counts;
  std::chrono::milliseconds elapsed{0};
  std::string first_refusal;     // what the collector said; empty: it refused nothing
  std::optional<Error> failure;  // kUnavailable: why the run ended before all were answered
};

struct PostOptions {
  std::string url;  // of the collector; "/v1/reports" is added unless it stands there
  int connections = 4;
  std::chrono::milliseconds patience = kPatience;  // how long one report is tried
  std::function<void(const PostProgress&)>
      on_progress;  // about four times a second, on the caller's thread
  // Seams. The clients are made and used on one thread each.
  std::function<std::unique_ptr<HttpClient>()> make_client = make_http_client;
  std::function<void(std::chrono::milliseconds)> wait;  // empty: sleeps
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// Blocks until all reports are answered, or one was tried for `patience` in vain. kUsage for a URL
// that is none, or a number of connections outside 1 … kMaxSimulateConnections.
Result<PostSummary> post_reports(const Fleet& fleet, const PostOptions& options);

// Pure parts.

std::string report_url(std::string_view collector);

enum class PostNext { kAnswered, kRefused, kAgain };
// What an HTTP status means for the report; 0: no answer came.
PostNext next_after(int status);

// How long to wait before attempt `attempt` (the first retry is 1): what the collector asked for
// (seconds or nothing), or else a random part of a time that doubles. `random` is any number.
std::chrono::milliseconds wait_before(int attempt, std::string_view retry_after,
                                      std::uint64_t random);

}  // namespace candor
