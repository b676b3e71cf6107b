#include "agent/devices.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/collect/smart.h"
#include "base/build_version.h"

namespace candor {
namespace {

constexpr std::string_view kFolder = "devices";
constexpr std::string_view kSchedule = "schedule.json";

StateFolder folder_in(const StateFolder& state) { return StateFolder(state.file(kFolder)); }

Error none(const Contract& contract) {
  return Error{ErrorKind::kNothing,
               fmt::format("The contract of {} has no device reports.", contract.product)};
}

Error channel_is_off(const Contract& contract) {
  const auto channels = device_channels(contract);
  const auto name = channels.empty() ? std::string("device") : *channels.begin();
  return Error{ErrorKind::kNothing,
               fmt::format("The channel {0} is off, so there is no device report. `candor channel "
                           "enable {0}` switches it on.",
                           name)};
}

}  // namespace

Status drop_devices(const StateFolder& state) {
  const auto folder = folder_in(state);
  CANDOR_TRY(Outbox(folder).drop_pending());
  return folder.remove(kSchedule);
}

DeviceReports::DeviceReports(const Agent& agent)
    : agent_(agent), folder_(folder_in(agent.state())) {}

bool DeviceReports::exist() const {
  return agent_.contract().collects(CollectorKind::kSmart) &&
         !device_channels(agent_.contract()).empty();
}

bool DeviceReports::are_on() const {
  const auto on = agent_.channels();
  return exist() && std::ranges::any_of(device_channels(agent_.contract()),
                                        [&](const auto& name) { return on.contains(name); });
}

Result<DeviceIdentity> DeviceReports::identity_or_new() const {
  auto identity = read_device_identity(folder_);
  if (!identity.ok() && identity.error().kind == ErrorKind::kNotFound)
    return make_device_identity();
  return identity;
}

Result<DeviceReports::Preview> DeviceReports::make(const ChannelSet& channels,
                                                   const ConsentedFields& fields,
                                                   const DeviceIdentity& identity) const {
  if (!exist()) return none(agent_.contract());
  CANDOR_ASSIGN(drives, collect_smart(agent_.settings(), agent_.world().run));
  const DriveObservation observation{std::move(drives), host_names()};
  CANDOR_ASSIGN(sealed,
                seal_devices(observation, {agent_.contract(), fields, channels, identity, now(),
                                           fmt::format("candor {}", build_package())}));
  return Preview{std::move(sealed.report), sealed.drives, std::move(sealed.left_out)};
}

Result<DeviceReports::Preview> DeviceReports::preview(const ChannelSet& channels,
                                                      Agent::Fields which) const {
  const auto of_devices = device_channels(agent_.contract());
  if (exist() &&
      std::ranges::none_of(of_devices, [&](const auto& c) { return channels.contains(c); }))
    return channel_is_off(agent_.contract());
  CANDOR_ASSIGN(identity, identity_or_new());
  auto fields = ConsentedFields::all_of(agent_.contract());
  auto with = channels;
  if (which == Agent::Fields::kAgreed) {
    CANDOR_ASSIGN(agreed, agent_.agreed_fields());
    fields = std::move(agreed);
    for (const auto& channel : fields.unconfirmed_channels()) with.erase(channel);
  }
  return make(with, fields, identity);
}

Status DeviceReports::put(const SealedDeviceReport& report, const DeviceIdentity& identity) const {
  CANDOR_TRY(agent_.state().make(kFolder));
  if (!folder_.has("key")) CANDOR_TRY(write_device_identity(folder_, identity));
  CANDOR_TRY(Outbox(folder_).put(report, now()));
  return Ok{};
}

Result<Agent::Pending> DeviceReports::pending_or_seal() const {
  const auto stands = agent_.decision_stands();
  if (!exist()) return none(agent_.contract());
  const Outbox outbox(folder_);
  CANDOR_TRY(outbox.expire(now()));
  CANDOR_TRY(drop_unwanted());
  CANDOR_ASSIGN(waiting, outbox.pending());
  if (!waiting.empty()) {
    CANDOR_ASSIGN(bytes, outbox.read(waiting.front().id));
    return Agent::Pending{waiting.front().id, std::move(bytes), waiting.size(), {}};
  }
  if (!are_on()) return channel_is_off(agent_.contract());
  CANDOR_ASSIGN(given, agent_.consent());
  CANDOR_ASSIGN(decision, agent_.decision());
  if (!given || decision.mode == Mode::kOff || decision.is_forbidden()) {
    return Error{ErrorKind::kOff,
                 fmt::format("Telemetry is {}. {}", name_of(decision.mode), decision.reason)};
  }
  CANDOR_ASSIGN(fields, agent_.agreed_fields());
  const auto leaving = agent_.leaving_channels(fields);
  if (std::ranges::none_of(device_channels(agent_.contract()),
                           [&](const auto& name) { return leaving.contains(name); }))
    CANDOR_TRY(agent_.check_confirmation(""));
  CANDOR_ASSIGN(identity, identity_or_new());
  CANDOR_ASSIGN(made, make(leaving, fields, identity));
  // As for reports: another decision that came while the drives were asked counts. The first look
  // is for the key that a forget removed, which put() would bring back.
  if (!stands()) return decided_meanwhile("device report");
  CANDOR_TRY(put(made.report, identity));
  if (!stands()) {
    CANDOR_TRY(outbox.drop(made.report.id()));
    return decided_meanwhile("device report");
  }
  return Agent::Pending{made.report.id(), made.report.bytes(), 1, std::move(made.left_out)};
}

Status DeviceReports::drop_unwanted() const {
  const auto on = agent_.leaving_channels();
  const Outbox outbox(folder_);
  CANDOR_ASSIGN(damaged, outbox.drop_damaged());
  for (const auto& note : damaged) agent_.world().note(note);
  CANDOR_ASSIGN(pending, outbox.pending());
  for (const auto& report : pending) {
    const auto bytes = outbox.read(report.id);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kNotFound) continue;
    if (!bytes.ok()) return bytes.error();
    if (!devices_may_still_leave(*bytes, agent_.contract(), on)) CANDOR_TRY(outbox.drop(report.id));
  }
  return Ok{};
}

Result<SendSummary> DeviceReports::send_by(std::function<bool()> keep_going,
                                           SendRequest request) const {
  CANDOR_ASSIGN(options, device_uplink_options(agent_.settings(), agent_.contract()));
  CANDOR_TRY(agent_.state().make(kFolder));
  if (is_one_collector(agent_.settings(), agent_.contract(), options))
    CANDOR_TRY(share_pinned_key(agent_.state(), folder_));
  // A client of its own: the connection of a report is never used for this.
  const auto client = agent_.world().make_client();
  Uplink to_collector(std::move(options), *client, std::move(keep_going));
  return send_pending(folder_, to_collector, *agent_.world().clock, request);
}

Result<SendSummary> DeviceReports::send(SendRequest request) const {
  auto on = agent_.while_on();
  CANDOR_TRY(drop_unwanted());
  auto summary = send_by(std::move(on), request);
  if (summary.ok()) agent_.tell_if_dropped(folder_, *summary);
  return summary;
}

Result<SendSummary> DeviceReports::send_once(const std::string& licence) const {
  const auto stands = agent_.decision_stands();
  const auto decided = agent_.while_decided();
  CANDOR_TRY(agent_.may_send(licence));
  if (!exist()) return none(agent_.contract());
  if (!are_on()) return channel_is_off(agent_.contract());
  CANDOR_ASSIGN(identity, identity_or_new());
  CANDOR_ASSIGN(made,
                make(agent_.channels(), ConsentedFields::unconfirmed(agent_.contract()), identity));
  if (!decided()) return decided_meanwhile("device report");
  const Outbox outbox(folder_);
  CANDOR_TRY(outbox.drop_pending());
  CANDOR_TRY(put(made.report, identity));
  auto summary = send_by(decided, {});
  // The consent was for this one sending.
  CANDOR_TRY(outbox.drop_pending());
  if (summary.ok()) summary->left = 0;
  if (summary.ok() && summary->error && !stands()) summary->error = stopped_once();
  return summary;
}

Result<std::optional<Instant>> DeviceReports::moment() const {
  const auto json = folder_.read_json(kSchedule);
  // A schedule that cannot be read is drawn anew.
  if (!json.ok() &&
      (json.error().kind == ErrorKind::kNotFound || json.error().kind == ErrorKind::kBadData))
    return std::optional<Instant>();
  if (!json.ok()) return json.error();
  return parse_rfc3339(string_member(*json, "next"));
}

Status DeviceReports::keep_moment(Instant at) const {
  CANDOR_TRY(agent_.state().make(kFolder));
  return folder_.write(kSchedule, to_pretty({{"format", 1}, {"next", format_rfc3339(at)}}));
}

Result<std::optional<Instant>> DeviceReports::last_report() const {
  const Outbox reports(agent_.state());
  CANDOR_ASSIGN(pending, reports.pending());
  CANDOR_ASSIGN(sent, reports.last_sent());
  std::optional<Instant> last;
  if (sent) last = sent->sent_at;
  for (const auto& report : pending) last = std::max(last, report.sealed_at);
  return last;
}

}  // namespace candor
