#include "cli/status_devices.h"

#include <fmt/format.h>

#include "agent/devices.h"
#include "base/counted.h"

namespace candor {

Result<std::optional<DeviceStatus>> look_at_devices(const Agent& agent) {
  const DeviceReports devices(agent);
  const Outbox outbox(devices.folder());
  DeviceStatus seen;
  seen.on = devices.are_on();
  CANDOR_ASSIGN(pending, outbox.pending());
  seen.pending = pending.size();
  if (!devices.exist() || (!seen.on && pending.empty())) return std::optional<DeviceStatus>();
  CANDOR_ASSIGN(last, outbox.last_sent());
  seen.last = std::move(last);
  CANDOR_ASSIGN(log, outbox.log().read());
  seen.log_damage = std::move(log.damage);
  seen.failure = last_failure(devices.folder());
  CANDOR_ASSIGN(refused, outbox.refused());
  seen.refused = refused;
  CANDOR_ASSIGN(decision, agent.decision());
  CANDOR_ASSIGN(next, devices.moment());
  if (decision.mode == Mode::kOn) seen.next = next;
  const auto link = device_uplink_options(agent.settings(), agent.contract());
  if (link.ok()) seen.endpoint = link->shown_url();
  if (!link.ok()) seen.endpoint_problem = link.error().message;
  return std::optional(std::move(seen));
}

Json json_of(const std::optional<LastFailure>& failure) {
  if (!failure) return nullptr;
  return {{"at", format_rfc3339(failure->at)},
          {"problem", failure->problem},
          {"next_attempt",
           failure->next_attempt ? Json(format_rfc3339(*failure->next_attempt)) : Json(nullptr)}};
}

std::string text_of(const LastFailure& failure) {
  auto text = fmt::format("{}: {}", format_rfc3339(failure.at), failure.problem);
  if (failure.next_attempt)
    text += fmt::format(" Next attempt: {}", format_rfc3339(*failure.next_attempt));
  return text;
}

Json json_of(const std::optional<DeviceStatus>& devices) {
  if (!devices) return nullptr;
  return {
      {"on", devices->on},
      {"pending", devices->pending},
      {"refused", devices->refused},
      {"last_upload", devices->last ? Json(format_rfc3339(devices->last->sent_at)) : Json(nullptr)},
      {"last_status", devices->last ? Json(devices->last->status) : Json(nullptr)},
      {"log_damage", devices->log_damage},
      {"last_failure", json_of(devices->failure)},
      {"next_report", devices->next ? Json(format_rfc3339(*devices->next)) : Json(nullptr)},
      {"endpoint", devices->endpoint.empty() ? Json(nullptr) : Json(devices->endpoint)},
      {"endpoint_problem",
       devices->endpoint_problem.empty() ? Json(nullptr) : Json(devices->endpoint_problem)}};
}

std::string damage_text(const std::vector<std::string>& damage, std::string_view command) {
  if (damage.size() == 1) return damage.front();
  return fmt::format("{} And {} more; `{}` lists them.", damage.front(), damage.size() - 1,
                     command);
}

std::string text_of(const DeviceStatus& devices, Mode mode) {
  auto text = fmt::format("{} pending", devices.pending);
  if (devices.refused > 0) text += fmt::format(", {} refused", devices.refused);
  if (devices.last) {
    text += fmt::format("; last sent {} ({})", format_rfc3339(devices.last->sent_at),
                        devices.last->status);
  } else if (devices.log_damage.empty()) {
    text += "; none was sent yet";
  }
  if (!devices.log_damage.empty())
    text += fmt::format("; {}", damage_text(devices.log_damage, "candor log --devices"));
  if (!devices.endpoint_problem.empty())
    text += fmt::format("; nothing can be sent: {}", devices.endpoint_problem);
  if (devices.failure) text += fmt::format("; last failure {}", text_of(*devices.failure));
  if (!devices.on) {
    text += "; their channel is off";
  } else if (devices.next) {
    text += fmt::format("; next {}", format_rfc3339(*devices.next));
  } else if (mode == Mode::kOn) {
    text += "; next at a moment that `candor agent` draws";
  }
  return text;
}

}  // namespace candor
