#include "agent/device_upkeep.h"

#include <fmt/format.h>

#include <chrono>

#include "agent/send/device_schedule.h"
#include "base/digest.h"
#include "base/log.h"

namespace candor {
namespace {

constexpr std::chrono::minutes kAfterTrouble{1};

}  // namespace

void DeviceUpkeep::trouble(const std::string& message) {
  if (said_ != message) log_warning("no device report this time: {}", message);
  said_ = message;
}

DeviceUpkeep::Look DeviceUpkeep::look(const Agent& agent, bool beside_report) {
  const DeviceReports devices(agent);
  const auto decision = agent.decision();
  if (!decision.ok() || decision->mode != Mode::kOn || !devices.are_on()) return {};
  const auto now = agent.world().clock->now();
  const auto kept = devices.moment();
  auto last = devices.last_report();
  if (!kept.ok() || !last.ok()) {
    trouble(kept.ok() ? last.error().message : kept.error().message);
    return {false, now + kAfterTrouble};
  }
  if (beside_report) *last = now;
  const auto moment = device_moment(*kept, *last, agent.interval(), now, random_share());
  if (moment.is_new) {
    const auto written = devices.keep_moment(moment.at);
    if (!written.ok()) {
      trouble(written.error().message);
      return {false, now + kAfterTrouble};
    }
  }
  return {moment.due, moment.at};
}

std::optional<Instant> DeviceUpkeep::send(const Agent& agent) {
  const DeviceReports devices(agent);
  const auto now = agent.world().clock->now();
  // Written first: a process that ends in between does not begin with this at its next start.
  auto next = device_moment_again(now, agent.interval(), random_share());
  if (const auto kept = devices.keep_moment(next); !kept.ok()) {
    trouble(kept.error().message);
    return now + kAfterTrouble;
  }
  const auto pending = devices.pending_or_seal();
  if (!pending.ok()) {
    if (pending.error().kind != ErrorKind::kOff) trouble(pending.error().message);
    return next;
  }
  const auto summary = devices.send({0, 0.5});
  if (!summary.ok() || summary->error) {
    const auto& error = summary.ok() ? *summary->error : summary.error();
    if (error.kind == ErrorKind::kOff) return next;
    log_warning("the device report was not sent; again at another moment: {}", error.message);
    if (summary.ok() && summary->retry_after) next = std::max(next, now + *summary->retry_after);
  } else {
    said_.clear();
    if (summary->sent > 0) log_info("sent the device report: {}", summary->status);
    if (summary->refused > 0) {
      log_warning("the collector refused the device report; it is kept in devices/refused/: {}",
                  summary->refusal);
    }
    next = device_moment_after(now, agent.interval(), random_share());
  }
  [[maybe_unused]] const auto ignored = devices.keep_moment(next);
  return next;
}

}  // namespace candor
