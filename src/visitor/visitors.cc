#include "visitor/visitors.h"

#include <string.h>

#include <type_traits>

#include "base/pause.h"
#include "visitor/client_address.h"
#include "visitor/limits.h"

namespace candor {
namespace {

constexpr std::size_t kSaltSize = 32;     // bytes
constexpr std::size_t kVisitorSize = 32;  // hex digits

// Whatever is in a part, it cannot look like another one.
void add_part(std::string& message, std::string_view part) {
  message += std::to_string(part.size());
  message += ':';
  message += part;
}

void overwrite(std::string& secret) { explicit_bzero(secret.data(), secret.size()); }

Hmac random_hmac() {
  auto salt = random_bytes(kSaltSize);
  const Hmac hmac(salt);
  overwrite(salt);
  return hmac;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string list;
  for (const auto& text : texts) list += text + ",";
  return list;
}

}  // namespace

Visitors::Salt::Salt(std::int64_t of_day) : day(of_day), hmac(random_hmac()) {}

Visitors::Salt::~Salt() {
  static_assert(std::is_trivially_copyable_v<Hmac>);
  explicit_bzero(static_cast<void*>(&hmac), sizeof(hmac));
}

Visitors::Visitors(const std::vector<std::string>& trusted_proxies)
    : trusted_proxies_(joined(trusted_proxies)) {}

Visit Visitors::see(const HttpRequest& request, std::string_view domain, Activity activity,
                    Instant now) {
  std::string message;
  add_part(message, request.header("User-Agent").substr(0, kMaxUserAgentLength));
  add_part(message, client_address(request, trusted_proxies_));
  add_part(message, domain);
  const MutexLock lock(mutex_);
  turn(now);
  Visit visit;
  visit.visitor = today_->hmac.hex(message).substr(0, kVisitorSize);
  if (yesterday_) {
    auto before = yesterday_->hmac.hex(message).substr(0, kVisitorSize);
    if (is_here(before, now)) visit.visitor = std::move(before);
  }
  overwrite(message);
  const bool goes_on = is_here(visit.visitor, now);
  visit.begins = !goes_on && activity == Activity::kPageView;
  if (goes_on || visit.begins) note(visit.visitor, now);
  return visit;
}

void Visitors::turn_salts(Instant now) {
  const MutexLock lock(mutex_);
  turn(now);
}

void Visitors::turn(Instant now) {
  const auto day = day_of(now);
  if (today_ && day <= today_->day) return;
  const bool follows = today_ && today_->day + 1 == day;
  yesterday_ = follows ? std::move(today_) : nullptr;
  today_ = std::make_unique<Salt>(day);
}

bool Visitors::is_here(const std::string& visitor, Instant now) const {
  for (const auto* seen : {&seen_, &seen_before_}) {
    const auto found = seen->find(visitor);
    if (found != seen->end()) return now - found->second < kVisitPause;
  }
  return false;
}

void Visitors::note(const std::string& visitor, Instant now) {
  if (now - generation_began_ >= kVisitPause || seen_.size() >= kMaxVisitsInMemory / 2) {
    seen_before_ = std::move(seen_);
    seen_.clear();
    generation_began_ = now;
  }
  seen_[visitor] = now;
}

SaltKeeper::SaltKeeper(Visitors& visitors, const Clock& clock)
    : thread_([&visitors, &clock](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          visitors.turn_salts(clock.now());
          pause(stop, kSaltCheck);
        }
      }) {}

}  // namespace candor
