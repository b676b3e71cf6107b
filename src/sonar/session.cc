#include "sonar/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "sonar/limits.h"

namespace candor {
namespace {

ScanFailure failure_of(ProbeFailure failure) {
  switch (failure) {
    case ProbeFailure::kDns:
      return ScanFailure::kDns;
    case ProbeFailure::kConnect:
    case ProbeFailure::kForbidden:
      return ScanFailure::kConnect;
    case ProbeFailure::kTls:
      return ScanFailure::kTls;
    case ProbeFailure::kTimeout:
      return ScanFailure::kTimeout;
    case ProbeFailure::kTooLarge:
    case ProbeFailure::kNoHttp:
      return ScanFailure::kAssertion;
    case ProbeFailure::kStopped:
    case ProbeFailure::kMisconfigured:
      return ScanFailure::kInternal;
  }
  return ScanFailure::kInternal;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

ScanProblem led_astray(const ScanRequest& request, std::string why) {
  return {ScanFailure::kHttpStatus,
          fmt::format("{} leads where no scan goes: {}", shown_place(request.url), why), "", ""};
}

}  // namespace

std::string shown_place(const Url& url) { return origin_of(url) + url.path; }

std::optional<ScanProblem> ScanSession::may_send(const ScanRequest& request) const {
  bool carries = secrets_.finds_in(request.body) || secrets_.finds_in(request.url.path) ||
                 secrets_.finds_in(request.url.query) || !request.url.password.empty();
  for (const auto& header : request.headers) carries = carries || secrets_.finds_in(header.value);
  if (!carries) return std::nullopt;
  if (request.url.scheme != "https" && !request.url.is_loopback()) {
    return ScanProblem{ScanFailure::kAuth,
                       fmt::format("{} is not https, and passwords and tokens go nowhere else",
                                   origin_of(request.url)),
                       "", ""};
  }
  if (allows(request.url)) return std::nullopt;
  return ScanProblem{
      ScanFailure::kAuth,
      fmt::format("{} is told no password or token: the configuration does not name it as a "
                  "target, an issuer or an address of a step",
                  origin_of(request.url)),
      "", ""};
}

ProbeAnswer ScanSession::send(const ScanRequest& request, const Pace& pace, ScanVisit& visit) {
  ProbeRequest probe{request.method, request.url, request.headers,
                     request.body,   ca_file_,    kMaxScanBodyBytes};
  const auto cookie = cookies_.header_for(request.url, clock_.now());
  if (!cookie.empty()) probe.headers.push_back({"Cookie", cookie});
  auto answer = client_.send(probe, pace);
  ++visit.requests;
  visit.was_sent = visit.was_sent || answer.was_sent;
  visit.phases += answer.phases;
  if (const auto& expiry = answer.certificate_expiry)
    certificate_expiry_ = std::min(certificate_expiry_.value_or(*expiry), *expiry);
  for (const auto& header : answer.headers) {
    if (to_lower(header.name) == "set-cookie")
      cookies_.take(request.url, header.value, clock_.now());
  }
  return answer;
}

bool ScanSession::follow(ScanRequest& request, ScanVisit& visit) const {
  const auto status = visit.answer.status;
  const auto location = find_header(visit.answer.headers, "Location").value_or("");
  // A status that is expected is what was wanted.
  if (std::ranges::find(request.wanted, status) != request.wanted.end()) return false;
  if (!is_redirect(status) || location.empty()) return false;
  if (visit.redirects.size() >= kMaxScanRedirects) {
    visit.problem =
        led_astray(request, fmt::format("it redirects more than {} times", kMaxScanRedirects));
    return false;
  }
  auto next = resolve_url(request.url, location);
  if (!next.ok()) {
    visit.problem = led_astray(request, "its Location is no address of http or https");
    return false;
  }
  if (request.url.scheme == "https" && next->scheme != "https") {
    visit.problem = led_astray(request, fmt::format("from https to {}", origin_of(*next)));
    return false;
  }
  const bool same = origin_of(*next) == origin_of(request.url);
  if (!same) {
    next->user.clear();
    next->password.clear();
    request.headers.clear();
  }
  const bool keeps_body = status == 307 || status == 308;
  if (keeps_body && !same && !request.body.empty()) {
    visit.problem =
        led_astray(request, fmt::format("with what was posted to {}", origin_of(*next)));
    return false;
  }
  visit.redirects.push_back(
      fmt::format("{} {}", status, cut_to_show(secrets_.redact(shown_place(*next)))));
  request.url = *std::move(next);
  if (keeps_body) return true;
  // As browsers do: what is not a POST stays what it is, but for 303.
  if (status != 303 && request.method != "POST") return true;
  request.body.clear();
  if (request.method != "HEAD") request.method = "GET";
  std::erase_if(request.headers,
                [](const HttpHeader& header) { return header.name == "Content-Type"; });
  return true;
}

ScanVisit ScanSession::visit(ScanRequest request, const Pace& pace) {
  ScanVisit visit;
  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    visit.at = request.url;
    visit.problem = may_send(request);
    if (visit.problem) break;
    auto answer = send(request, pace, visit);
    visit.answer = {answer.status, std::move(answer.headers), std::move(answer.body), {}};
    if (answer.failure) {
      visit.problem = ScanProblem{
          failure_of(*answer.failure),
          fmt::format("{} {}: {}", request.method, shown_place(request.url), answer.message), "",
          ""};
      break;
    }
    if (!follow(request, visit)) break;
  }
  visit.answer.took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  return visit;
}

}  // namespace candor
