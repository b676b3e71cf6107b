#include "agent/pushing.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/forgetting.h"
#include "base/build_version.h"
#include "base/digest.h"

namespace candor {
namespace {

std::string program() { return fmt::format("candor {}", build_package()); }

// Of an identity that is forgotten nobody can make the hashes again.
std::string label_key_of(const Identity& identity) { return Hmac(identity.key).hex("metrics"); }

// Whether the contract's metrics may be pushed, and some are in these channels.
bool has_metrics_in(const Contract& contract, const ChannelSet& channels) {
  if (!contract.accepts_protocol("prometheus")) return false;
  const auto of_metrics = metric_channels(contract);
  return std::ranges::any_of(of_metrics, [&](const auto& name) { return channels.contains(name); });
}

}  // namespace

bool has_metrics_to_push(const Agent& agent) {
  if (agent.contract().metrics.empty()) return false;
  const auto decision = agent.decision();
  if (!decision.ok() || decision->mode != Mode::kOn) return false;
  const auto fields = agent.agreed_fields();
  return fields.ok() && has_metrics_in(agent.contract(), agent.leaving_channels(*fields));
}

Result<std::optional<MetricLeave>> metric_leave(const Agent& agent) {
  // First, so that a decision that comes meanwhile ends what is made here.
  auto stands = agent.decision_stands();
  CANDOR_ASSIGN(decision, agent.decision());
  if (decision.mode != Mode::kOn || begun_forgetting(agent.state()))
    return std::optional<MetricLeave>();
  auto fields = agent.agreed_fields();
  // The operator is told by `candor status`.
  if (!fields.ok() && fields.error().kind == ErrorKind::kPending)
    return std::optional<MetricLeave>();
  if (!fields.ok()) return fields.error();
  auto channels = agent.leaving_channels(*fields);
  if (!has_metrics_in(agent.contract(), channels)) return std::optional<MetricLeave>();
  // What can go nowhere is not made.
  const auto link = metric_uplink_options(agent.settings(), agent.contract());
  if (!link.ok() && link.error().kind == ErrorKind::kConfiguration) return link.error();
  CANDOR_ASSIGN(identity, read_identity(agent.state()));
  if (!identity) return std::optional<MetricLeave>();
  return std::optional(
      MetricLeave{{agent.shared_contract(), *std::move(fields), std::move(channels),
                   label_key_of(*identity), identity->installation},
                  std::move(stands)});
}

Result<SealedPush> preview_push(const Agent& agent, std::vector<MetricFamily> families,
                                const ChannelSet& channels, Agent::Fields which) {
  const auto now = agent.world().clock->now();
  auto fields = ConsentedFields::all_of(agent.contract());
  if (which == Agent::Fields::kAgreed) {
    CANDOR_ASSIGN(agreed, agent.agreed_fields());
    fields = std::move(agreed);
  }
  CANDOR_ASSIGN(identity, read_identity(agent.state()));
  // To look makes nothing.
  if (!identity) identity = make_identity(std::nullopt, now);
  const MetricTerms terms{agent.shared_contract(), std::move(fields), channels,
                          label_key_of(*identity), identity->installation};
  return seal_metrics(std::move(families), terms, program(), now);
}

Result<KeptPush> keep_push(const Agent& agent, const MetricLeave& leave,
                           std::vector<MetricFamily> families) {
  const auto now = agent.world().clock->now();
  const auto sealed = seal_metrics(std::move(families), leave.terms, program(), now);
  if (!sealed.document) return KeptPush{"", sealed.counts};
  if (!leave.stands()) return decided_meanwhile("file of metrics");
  const auto row = metrics_of(agent.state());
  // Through the folder around it, whose owner it gets.
  CANDOR_TRY(agent.state().make(row.path().filename().native()));
  CANDOR_TRY(keep_pending(Outbox(row, kMetricFileLimits), *sealed.document, leave.stands, now,
                          "file of metrics"));
  return KeptPush{sealed.document->id(), sealed.counts};
}

Result<SendSummary> send_pushes(const Agent& agent, HttpClient& client, SendRequest request) {
  auto on = agent.while_on();
  const auto row = metrics_of(agent.state());
  if (!row.has("outbox")) return SendSummary();
  CANDOR_ASSIGN(options, metric_uplink_options(agent.settings(), agent.contract()));
  // They say which installation they are of: who forgets it has to ask.
  CANDOR_TRY(note_posting(agent.state(), agent.world().clock->now()));
  request.limits = kMetricFileLimits;
  Uplink to_collector(std::move(options), client, std::move(on));
  return send_pending(row, to_collector, *agent.world().clock, request);
}

}  // namespace candor
