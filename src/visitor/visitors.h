// Visitors of web pages: told apart for a day by a keyed hash whose key is in memory only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/mutex.h"
#include "wire/http_server.h"

namespace candor {

// Who an event is from, as far as anybody can tell afterwards.
struct Visit {
  std::string visitor;  // 32 hex digits, of today or of a visit that began yesterday
  bool begins = false;  // it is the page view that a visit begins with
};

enum class Activity { kPageView, kOther };

// Safe from any thread. Times may come out of order by a little; a clock set back keeps the salt.
class Visitors {
 public:
  // `trusted_proxies`: whose headers name the client's address (client_address.h).
  explicit Visitors(const std::vector<std::string>& trusted_proxies = {});

  // The visitor that the request is from. Nothing of the request is kept.
  Visit see(const HttpRequest& request, std::string_view domain, Activity activity, Instant now);

  // Makes the day's salt if a day has begun, and overwrites the one whose time is over. see() does
  // it, too; this is for the days on which nobody comes.
  void turn_salts(Instant now);

 private:
  // A day's key.
  struct Salt {
    explicit Salt(std::int64_t of_day);
    ~Salt();  // overwrites it
    Salt(const Salt&) = delete;
    Salt& operator=(const Salt&) = delete;

    std::int64_t day;
    Hmac hmac;
  };
  // By identity, when it was last seen. Two generations: the older is thrown away as a whole.
  using Seen = std::unordered_map<std::string, Instant>;

  void turn(Instant now) CANDOR_REQUIRES(mutex_);
  bool is_here(const std::string& visitor, Instant now) const CANDOR_REQUIRES(mutex_);
  void note(const std::string& visitor, Instant now) CANDOR_REQUIRES(mutex_);

  const std::string trusted_proxies_;
  mutable Mutex mutex_;
  std::unique_ptr<Salt> today_ CANDOR_GUARDED_BY(mutex_);
  std::unique_ptr<Salt> yesterday_ CANDOR_GUARDED_BY(mutex_);
  Seen seen_ CANDOR_GUARDED_BY(mutex_);
  Seen seen_before_ CANDOR_GUARDED_BY(mutex_);
  Instant generation_began_ CANDOR_GUARDED_BY(mutex_){};
};

// Turns the salts by the clock as long as it lives, also when nobody comes.
class SaltKeeper {
 public:
  SaltKeeper(Visitors& visitors, const Clock& clock);  // both outlive it

 private:
  std::jthread thread_;
};

}  // namespace candor
