#include "agent/send/retry.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>

#include "agent/send/limits.h"
#include "base/numbers.h"

namespace candor {
namespace {

constexpr int kMaxDoublings = 20;

bool may_pass(int status) { return status == 408 || status == 429 || status >= 500; }

// No collector said this of the report: the key or the address is wrong, which the operator mends.
// A redirection is not followed, so it is an address, too.
bool is_about_the_way(int status) {
  return status == 401 || status == 403 || status == 404 || status == 405 ||
         (status >= 300 && status < 400);
}

}  // namespace

std::optional<Millis> parse_retry_after(std::string_view text, Instant now) {
  if (const auto seconds = parse_unsigned<std::int64_t>(text)) {
    return Millis(std::min<std::int64_t>(*seconds, kRetryAfterLongest.count() / 1000) * 1000);
  }
  std::tm parts{};
  const std::string date(text);
  const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const auto until = from_unix_millis(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
  return std::clamp(until - now, Millis(0), kRetryAfterLongest);
}

NextStep next_step(const TryOutcome& outcome, int tries, Instant now, double random,
                   const RetryPace& pace) {
  if (outcome.status && *outcome.status >= 200 && *outcome.status < 300)
    return {NextStep::Kind::kDone, Millis(0)};
  const bool mend = outcome.status && is_about_the_way(*outcome.status);
  if (outcome.status && !mend && !may_pass(*outcome.status))
    return {NextStep::Kind::kRefused, Millis(0)};
  const auto most = std::min<double>(
      static_cast<double>(pace.longest.count()),
      std::ldexp(static_cast<double>(pace.base.count()), std::clamp(tries, 0, kMaxDoublings)));
  const auto jitter = Millis(static_cast<std::int64_t>(most * random));
  const auto asked = outcome.status ? parse_retry_after(outcome.retry_after, now) : std::nullopt;
  // The jitter comes on top of what was asked for, so that not everybody comes back in one moment.
  return {mend ? NextStep::Kind::kMend : NextStep::Kind::kRetry,
          asked ? std::min(*asked + std::min(jitter, *asked / 2), kRetryAfterLongest) : jitter};
}

}  // namespace candor
