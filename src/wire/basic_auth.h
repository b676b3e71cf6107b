// HTTP's Basic authentication against bcrypt hashes, as Prometheus's web.yml has them.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"

namespace candor {

using UserHashes = std::map<std::string, std::string>;  // name to bcrypt hash

struct Credentials {
  std::string user;
  std::string password;
};
// The value of an Authorization header that says them.
std::string basic_authorization(std::string_view user, std::string_view password);
// Of an "Authorization: Basic …" header's value.
std::optional<Credentials> parse_basic(std::string_view authorization);

// Whether the text is such a hash.
bool is_bcrypt(std::string_view hash);

// A bcrypt hash with a fresh salt; some 60 ms at cost 10.
std::string bcrypt(const std::string& password, int cost = 10);

// Checks passwords; remembers which were right (as a keyed hash) so that bcrypt is paid once each.
// Networks that guess have to wait. Safe from any thread.
class PasswordCheck {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  PasswordCheck();

  enum class Outcome { kRight, kWrong, kWait };
  struct Verdict {
    Outcome outcome = Outcome::kWrong;
    std::chrono::seconds wait{0};  // of kWait: until the network may try again
  };
  // Takes the same time whether or not the user exists, where all hashes cost the same. `peer` is
  // the client's address: after kFreeFailures wrong passwords from its network nothing is looked at
  // for a while, which doubles with each further one; but what is known to be right goes through.
  Verdict check(const UserHashes& users, const Credentials& credentials, std::string_view peer,
                Moment now);

  // Whether they are right, of which was known before: takes no time.
  bool knows(const UserHashes& users, const Credentials& credentials);

 private:
  struct Failures {
    unsigned count = 0;
    Moment last{};
  };
  std::string digest_of(const Credentials& credentials) const;
  std::chrono::seconds wait_of(std::uint64_t network, Moment now) CANDOR_REQUIRES(mutex_);
  void failed(std::uint64_t network, Moment now) CANDOR_REQUIRES(mutex_);

  const std::string key_;
  Mutex mutex_;
  std::map<std::string, std::string> known_ CANDOR_GUARDED_BY(mutex_);  // keyed hash to bcrypt hash
  std::unordered_map<std::uint64_t, Failures> failures_ CANDOR_GUARDED_BY(mutex_);
};

}  // namespace candor
