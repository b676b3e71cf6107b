#include "sonar/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "sonar/limits.h"
#include "wire/basic_auth.h"

namespace candor {
namespace {

ScanProblem no_token(std::string why) { return {ScanFailure::kAuth, std::move(why), "", ""}; }

std::string without_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

// The issuer's description of itself; the token's address is what is taken of it.
std::optional<ScanProblem> read_discovery(const SonarPlan& plan, const ScanVisit& visit, Url& to) {
  if (visit.answer.status != 200) {
    return ScanProblem{ScanFailure::kHttpStatus,
                       fmt::format("{} answered {}", shown_place(visit.at), visit.answer.status),
                       "200", fmt::to_string(visit.answer.status)};
  }
  const auto document = visit.answer.body.size() <= kMaxScanJsonBytes
                            ? parse_foreign_json(visit.answer.body)
                            : Result<Json>(Error{});
  const auto where = document.ok() ? string_member(*document, "token_endpoint") : std::string();
  if (where.empty())
    return no_token(fmt::format("{} names no token_endpoint", shown_place(visit.at)));
  // Another one's description would have the password sent to that one.
  if (without_slash(string_member(*document, "issuer")) != plan.issuer) {
    return ScanProblem{ScanFailure::kAuth,
                       fmt::format("{} is of another issuer", shown_place(visit.at)), plan.issuer,
                       cut_to_show(string_member(*document, "issuer"))};
  }
  auto url = parse_url(where);
  if (!url.ok()) return no_token("the issuer's token_endpoint is no address of http or https");
  if (url->scheme != "https" && !url->is_loopback())
    return no_token("the issuer's token_endpoint is not https, and no secret goes there");
  to = *std::move(url);
  return std::nullopt;
}

ScanRequest token_request(const SonarPlan& plan, Url url) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (plan.grant == SonarGrant::kPassword) {
    fields = {{"grant_type", "password"},
              {"username", plan.username},
              {"password", plan.password},
              {"scope", "openid"}};
  } else {
    fields = {{"grant_type", "client_credentials"}};
  }
  ScanRequest request{
      "POST",
      std::move(url),
      {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
      ""};
  // As OAuth 2.0 wants it (RFC 6749, 2.3.1); without a secret the client only says its name.
  if (plan.client_secret.empty()) {
    fields.emplace_back("client_id", plan.client_id);
  } else {
    request.headers.push_back(
        {"Authorization",
         basic_authorization(url_encode(plan.client_id), url_encode(plan.client_secret))});
  }
  request.body = form_body(fields);
  return request;
}

std::optional<ScanProblem> read_token(const ScanVisit& visit, Instant now, ScanToken& token) {
  const auto& answer = visit.answer;
  const auto document = answer.body.size() <= kMaxScanJsonBytes ? parse_foreign_json(answer.body)
                                                                : Result<Json>(Error{});
  if (answer.status != 200) {
    const auto why = document.ok() ? string_member(*document, "error") : std::string();
    const bool refused = answer.status == 400 || answer.status == 401 || answer.status == 403;
    return ScanProblem{refused ? ScanFailure::kAuth : ScanFailure::kHttpStatus,
                       fmt::format("{} gave no token and answered {}{}{}", shown_place(visit.at),
                                   answer.status, why.empty() ? "" : ": ", cut_to_show(why)),
                       "200", fmt::to_string(answer.status)};
  }
  token.access = document.ok() ? string_member(*document, "access_token") : std::string();
  if (token.access.empty())
    return no_token(fmt::format("{} answered without an access_token", shown_place(visit.at)));
  const auto life = std::clamp<std::int64_t>(
      integer_member(*document, "expires_in", kTokenLife.count()), 0, 86'400);
  token.ends = now + std::chrono::seconds(life);
  token.document = answer.body;
  return std::nullopt;
}

}  // namespace

std::optional<ScanToken> TokenKeeper::get(Instant now) const {
  const MutexLock lock(mutex_);
  if (!token_ || now + kTokenReserve >= token_->ends) return std::nullopt;
  return token_;
}

void TokenKeeper::keep(ScanToken token) {
  const MutexLock lock(mutex_);
  token_ = std::move(token);
}

void TokenKeeper::forget(const std::string& access) {
  const MutexLock lock(mutex_);
  if (token_ && token_->access == access) token_.reset();
}

ScanVisit ask_for_token(ScanSession& session, const SonarPlan& plan, const Pace& pace, Instant now,
                        ScanToken& token) {
  const auto description = parse_url(plan.issuer + "/.well-known/openid-configuration");
  auto found = session.visit({"GET", *description, {}, ""}, pace);
  if (found.problem) return found;
  Url where;
  found.problem = read_discovery(plan, found, where);
  if (found.problem) return found;
  // Announced by the issuer, over its own connection.
  session.allow(where);
  auto visit = session.visit(token_request(plan, std::move(where)), pace);
  visit.requests += found.requests;
  visit.phases += found.phases;
  visit.answer.took += found.answer.took;
  if (!visit.problem) visit.problem = read_token(visit, now, token);
  session.secrets().add(token.access);
  return visit;
}

}  // namespace candor
