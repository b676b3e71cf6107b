// The notice of a product that is on unless refused (docs/decisions/019-opt-out.md).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/agent.h"
#include "agent/seal/limits.h"
#include "base/counted.h"
#include "wire/url.h"

namespace candor {
namespace {

std::string first_notice(const Agent& agent, Instant starts_at) {
  const auto& contract = agent.contract();
  const auto endpoint = agent.settings().text("endpoint");
  std::string text = fmt::format(
      "{}: telemetry begins unless you refuse. From {} on, a report goes every {} h to {}, "
      "where "
      "it is kept for {}. Nothing is sent before.\n",
      contract.title, format_rfc3339(starts_at), agent.interval().count(),
      without_password(endpoint.empty() ? contract.endpoint : endpoint),
      counted(static_cast<std::uint64_t>(contract.retention_days), "day"));
  const auto on = agent.channels();
  for (const auto& channel : contract.channels) {
    if (on.contains(channel.name) && channel.confirmation.empty())
      text += fmt::format("It holds {}: {}\n", channel.name, channel.about);
  }
  return text + fmt::format(
                    "See it: candor show. Refuse for good: candor off. Begin at once: candor on. "
                    "Questions: {}.",
                    contract.contact);
}

std::string next_notice(const Contract& contract, const std::vector<std::string>& added,
                        Instant starts_at) {
  return fmt::format(
      "The contract of {} declares more than before: {}. From {} on, reports hold that too; until "
      "then it stays home.\n"
      "See what and why: candor diff. Refuse everything for good: candor off. Agree at once: "
      "candor "
      "on. Questions: {}.",
      contract.title, fmt::join(added, ", "), format_rfc3339(starts_at), contract.contact);
}

}  // namespace

Result<bool> Agent::announce(const std::optional<Consent>& before, Instant now) const {
  CANDOR_TRY(state_.make());
  CANDOR_ASSIGN(lock, state_.lock());
  // A decision that came meanwhile is the operator's, and counts.
  CANDOR_ASSIGN(given, consent());
  if (given.has_value() != before.has_value()) return false;
  if (given && (given->state != Mode::kOn || given->given_at != before->given_at)) return false;
  const auto starts_at = now + kGrace;
  if (given && given->licence == (contract().licence ? contract().licence->id : "")) {
    CANDOR_TRY(settle_announced(state_, *given, now));
    given->next = Announced{contract().consent_hash, contract().hash, now, starts_at};
    CANDOR_TRY(amend_consent(state_, *given, &contract()));
    return true;
  }
  const auto on = channels();
  const Consent announced{.state = Mode::kOn,
                          .product = contract().product,
                          .licence = contract().licence ? contract().licence->id : "",
                          .consent_hash = contract().consent_hash,
                          .contract_hash = contract().hash,
                          .given_at = now,
                          .how = std::string(kByNotice),
                          .channels = {on.begin(), on.end()},
                          .starts_at = starts_at};
  CANDOR_TRY(write_consent(state_, announced, &contract()));
  return true;
}

Result<std::optional<std::string>> Agent::give_notice() const {
  const std::optional<std::string> nothing;
  if (contract().consent != ConsentKind::kOptOut) return nothing;
  if (is_automation(world_.environment) || !may_turn_on().ok()) return nothing;
  CANDOR_ASSIGN(given, consent());
  const auto now = world_.clock->now();
  const auto starts_at = now + kGrace;
  std::vector<std::string> added;
  if (given) {
    if (given->state != Mode::kOn || given->product != contract().product) return nothing;
    // Who agreed to a contract that asks is asked.
    CANDOR_ASSIGN(agreed, read_agreed_contract(state_, *given, now));
    if (agreed.consent != ConsentKind::kOptOut) return nothing;
    CANDOR_ASSIGN(standing, this->standing());
    if (standing.starts_at || (standing.withheld.empty() && standing.problem.empty()))
      return nothing;
    added = std::move(standing.withheld);
  }
  CANDOR_ASSIGN(announced, announce(given, now));
  if (!announced) return nothing;
  return std::optional(added.empty() ? first_notice(*this, starts_at)
                                     : next_notice(contract(), added, starts_at));
}

}  // namespace candor
