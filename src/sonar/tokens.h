// Tokens of the identity provider (OpenID Connect): asked for by password or as a client, and kept
// until they end.
#pragma once

#include <optional>
#include <string>

#include "base/mutex.h"
#include "sonar/plan.h"
#include "sonar/session.h"

namespace candor {

struct ScanToken {
  std::string access;    // empty: the answer held none
  std::string document;  // the whole answer, JSON
  Instant ends{};
};

// The token that scans share. Any thread.
class TokenKeeper {
 public:
  // Nothing when there is none, or it ends within kTokenReserve.
  std::optional<ScanToken> get(Instant now) const CANDOR_EXCLUDES(mutex_);
  void keep(ScanToken token) CANDOR_EXCLUDES(mutex_);
  // Of a token that was refused; another one that came meanwhile stays.
  void forget(const std::string& access) CANDOR_EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::optional<ScanToken> token_ CANDOR_GUARDED_BY(mutex_);
};

// Asks the issuer where tokens are given, and there for one. What stands in the answer is the
// token's document; its problem says why there is none. Token and client secret are secrets of the
// session from then on.
ScanVisit ask_for_token(ScanSession& session, const SonarPlan& plan, const Pace& pace, Instant now,
                        ScanToken& token);

}  // namespace candor
