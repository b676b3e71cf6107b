// How the consent on disk stands to today's contract, and who confirmed what.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/agent.h"

namespace candor {

Result<ConsentedFields> Agent::agreed_fields() const {
  CANDOR_ASSIGN(given, consent());
  if (!given || given->state != Mode::kOn) return ConsentedFields::all_of(contract());
  return ConsentedFields::agreed(state_, *given, contract(), world_.clock->now());
}

Result<Standing> Agent::standing() const {
  Standing standing;
  CANDOR_ASSIGN(given, consent());
  if (!given || given->state != Mode::kOn) return standing;
  const auto agreed = ConsentedFields::agreed(state_, *given, contract(), world_.clock->now());
  if (!agreed.ok() && agreed.error().kind != ErrorKind::kPending) return agreed.error();
  if (!agreed.ok()) {
    standing.problem = agreed.error().message;
    return standing;
  }
  standing.withheld = agreed->withheld(contract());
  const auto on = channels();
  std::ranges::set_intersection(agreed->unconfirmed_channels(), on,
                                std::back_inserter(standing.unconfirmed));
  if (given->next && given->next->consent_hash == contract().consent_hash)
    standing.starts_at = given->next->starts_at;
  return standing;
}

Result<std::map<std::string, std::string, std::less<>>> Agent::confirmations(
    const std::string& confirmed_by) const {
  const auto given = consent();
  std::map<std::string, std::string, std::less<>> confirmed;
  std::set<std::string, std::less<>> added;  // channels with more than was confirmed
  if (given.ok() && *given && (*given)->state == Mode::kOn &&
      (*given)->product == contract().product) {
    confirmed = (*given)->confirmed_by;
    const auto agreed = ConsentedFields::agreed(state_, **given, contract(), world_.clock->now());
    const auto withheld = agreed.ok() ? agreed->withheld(contract()) : std::vector<std::string>();
    for (const auto& field : contract().fields) {
      if (std::ranges::find(withheld, field.path) != withheld.end())
        added.insert(contract().channels[field.channel].name);
    }
    for (const auto& path : withheld) {
      // A metric, or a label of one.
      const auto metric = contract().metrics_by_name.find(path.substr(0, path.find('{')));
      if (metric == contract().metrics_by_name.end()) continue;
      added.insert(contract().channels[contract().metrics[metric->second].channel].name);
    }
    if (!agreed.ok()) confirmed.clear();
  }
  const auto on = channels();
  for (const auto& channel : contract().channels) {
    // What was said of a channel that is off, or asks nobody, is kept no longer than needed.
    if (channel.confirmation.empty() || !on.contains(channel.name)) confirmed.erase(channel.name);
    if (channel.confirmation.empty() || !on.contains(channel.name)) continue;
    if (added.contains(channel.name)) confirmed.erase(channel.name);
    if (!confirmed_by.empty()) confirmed[channel.name] = confirmed_by;
  }
  return confirmed;
}

Status Agent::check_confirmation(const std::string& confirmed_by) const {
  if (!confirmed_by.empty()) return Ok{};
  CANDOR_ASSIGN(confirmed, confirmations(""));
  const auto on = channels();
  for (const auto& channel : contract().channels) {
    if (channel.confirmation.empty() || !on.contains(channel.name)) continue;
    if (confirmed.contains(channel.name)) continue;
    return Error{ErrorKind::kLicence,
                 fmt::format("The channel {0} may be switched on only after {1} agreed. Ask {1}, "
                             "and add --confirmed-by WHO to the 'candor on' command, or leave it "
                             "out: candor channel disable {0}",
                             channel.name, channel.confirmation)};
  }
  return Ok{};
}

Result<bool> Agent::confirm(const std::string& channel, const std::string& who) const {
  CANDOR_ASSIGN(before, consent());
  if (!before || before->state != Mode::kOn) return false;
  CANDOR_ASSIGN(lock, state_.lock());
  CANDOR_ASSIGN(given, consent());
  if (!given || given->state != Mode::kOn) return false;
  given->confirmed_by[channel] = who;
  CANDOR_TRY(amend_consent(state_, *given, nullptr));
  return true;
}

}  // namespace candor
