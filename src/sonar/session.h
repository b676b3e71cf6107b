// The requests of one scan: cookies, redirects, and which origin may be told a secret.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sonar/cookies.h"
#include "sonar/judging.h"
#include "sonar/result.h"
#include "sonar/variables.h"
#include "wire/probe_client.h"

namespace candor {

struct ScanRequest {
  std::string method = "GET";
  Url url{};
  std::vector<HttpHeader> headers{};
  std::string body{};
  std::vector<int> wanted{};  // redirects that are not followed: they are what is expected
};

// What came of a request and of the redirects that followed it.
struct ScanVisit {
  ScanAnswer answer{};  // the last; `took` is of all
  Url at{};             // where that came from
  ProbePhases phases{};
  int requests = 0;
  std::vector<std::string> redirects{};
  std::optional<ScanProblem> problem{};
  bool was_sent = false;  // one of its requests was, whole
};

// One thread at a time; one for each run.
class ScanSession {
 public:
  // All are the caller's, and outlive this.
  ScanSession(ProbeClient& client, const Clock& clock, std::string ca_file)
      : client_(client), clock_(clock), ca_file_(std::move(ca_file)) {}

  // Follows at most kMaxScanRedirects. A request that carries a secret goes only to an origin that
  // is allowed, by https or to this machine; a redirect to another origin gets neither headers nor
  // body of the request.
  ScanVisit visit(ScanRequest request, const Pace& pace);

  void allow(const Url& url) { origins_.insert(origin_of(url)); }
  bool allows(const Url& url) const { return origins_.contains(origin_of(url)); }
  CookieJar& cookies() { return cookies_; }
  Redactor& secrets() { return secrets_; }
  const std::optional<Instant>& certificate_expiry() const { return certificate_expiry_; }

 private:
  std::optional<ScanProblem> may_send(const ScanRequest& request) const;
  ProbeAnswer send(const ScanRequest& request, const Pace& pace, ScanVisit& visit);
  // Whether another request follows, which `request` then is.
  bool follow(ScanRequest& request, ScanVisit& visit) const;

  ProbeClient& client_;
  const Clock& clock_;
  const std::string ca_file_;
  std::set<std::string> origins_;
  CookieJar cookies_;
  Redactor secrets_;
  std::optional<Instant> certificate_expiry_;
};

// "https://panel.example.com/login": where, without what may be secret.
std::string shown_place(const Url& url);

}  // namespace candor
