#include "agent/push_upkeep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "agent/events.h"
#include "agent/limits.h"
#include "agent/outbox/last_failure.h"
#include "agent/programs/limits.h"
#include "agent/upkeep.h"
#include "base/counted.h"
#include "base/digest.h"
#include "base/log.h"

namespace candor {

std::optional<Instant> PushUpkeep::work(const Agent& agent, Readings& readings) {
  const auto leave = metric_leave(agent);
  if (!leave.ok() || !*leave) {
    // Whatever comes after it begins anew.
    next_.reset();
    said_channels_.clear();
    forget_failures();
    const auto held = tend_what_stays(agent);
    if (leave.ok() && held.ok()) return std::nullopt;
    tell(leave.ok() ? held.error() : leave.error());
    return agent.world().clock->now() + kSendAgainAfterTrouble;
  }
  const auto interval = std::chrono::seconds(agent.settings().integer("monitor.push_interval"));
  auto channels = fmt::format("{}", fmt::join((*leave)->terms.channels, ", "));
  if (channels != said_channels_) {
    log_info("metrics are pushed every {} s", interval.count());
    said_channels_ = std::move(channels);
  }
  const auto now = agent.world().clock->now();
  const auto row = metrics_of(agent.state());
  const Outbox outbox(row, kMetricFileLimits);
  note_lost(outbox);
  // A moment beyond the interval: the clock was put back, or the interval shortened.
  if (!next_ || *next_ <= now || *next_ > now + interval) {
    next_ = next_ && *next_ <= now && now < *next_ + interval ? *next_ + interval : now + interval;
    push(agent, **leave, readings);
  }
  const auto pending = outbox.pending();
  if (!pending.ok()) tell(pending.error());
  // What waited may be sent, or dropped, by somebody else.
  if (pending.ok() && pending->empty()) forget_failures();
  const bool waits = !pending.ok() || !pending->empty();
  if (waits && (!send_again_ || *send_again_ <= agent.world().clock->now())) send(agent);
  note_lost(outbox);
  return soonest({next_, send_again_});
}

// What waits, and may not leave, or not now.
Status PushUpkeep::tend_what_stays(const Agent& agent) {
  const auto row = metrics_of(agent.state());
  if (!row.has("outbox")) return Ok{};
  CANDOR_TRY(drop_unwanted_events(agent, row));
  const Outbox outbox(row, kMetricFileLimits);
  CANDOR_TRY(outbox.expire(agent.world().clock->now()));
  note_lost(outbox);
  return Ok{};
}

void PushUpkeep::push(const Agent& agent, const MetricLeave& leave, Readings& readings) {
  const auto kept = keep_push(agent, leave, readings.read(kPushReadTime));
  if (kept.ok()) return note_counts(kept->counts);
  if (kept.error().kind != ErrorKind::kOff) tell(kept.error());
}

void PushUpkeep::send(const Agent& agent) {
  const auto row = metrics_of(agent.state());
  const auto now = agent.world().clock->now();
  // Whatever ends it without a word of its own is looked at again.
  send_again_ = now + kSendAgainAfterTrouble;
  if (const auto dropped = drop_unwanted_events(agent, row); !dropped.ok())
    return tell(dropped.error());
  if (!client_) client_ = agent.world().make_client();
  const auto sent = send_pushes(agent, *client_, {failures_, random_share(), kMetricPace});
  if (!sent.ok()) return failed(agent, sent.error(), std::nullopt);
  if (sent->stopped || sent->busy) return;
  if (sent->refused > 0) {
    tell({ErrorKind::kGeneral,
          fmt::format("the collector refused files of metrics; they are kept in metrics/refused/: "
                      "{}",
                      sent->refusal)});
  }
  if (sent->error) return failed(agent, *sent->error, sent->retry_after);
  if (failures_ > 0) log_info("metrics are pushed again");
  if (sent->sent > 0 && sent->refused == 0) said_.clear();
  forget_failures();
  is_losing_ = false;
  if (sent->left > 0) send_again_ = now;
}

void PushUpkeep::failed(const Agent& agent, const Error& error, std::optional<Millis> asked) {
  if (error.kind == ErrorKind::kOff) return;
  const auto now = agent.world().clock->now();
  const auto wait = asked.value_or(next_step({}, failures_, now, random_share(), kMetricPace).wait);
  if (failures_++ == 0)
    log_warning("metrics were not pushed, and wait to be tried again: {}", error.message);
  send_again_ = now + std::max(wait, Millis(std::chrono::seconds(1)));
  [[maybe_unused]] const auto ignored =
      note_failure(metrics_of(agent.state()), {now, error.message, send_again_});
}

void PushUpkeep::note_counts(const MetricCounts& counts) {
  std::string said;
  if (counts.collided > 0) {
    said = fmt::format(
        "{} stay home: without the labels that the contract does not list they are the same",
        counted(counts.collided, "sample"));
  }
  if (counts.too_many > 0)
    said += fmt::format("{}{} are too many, and stay home", said.empty() ? "" : "; ",
                        counted(counts.too_many, "sample"));
  // Another number of them is no news.
  const bool is_news = !said.empty() && said_counts_.empty();
  if (is_news) log_warning("metrics that are pushed: {}", said);
  said_counts_ = std::move(said);
}

// Once in an outage.
void PushUpkeep::note_lost(const Outbox& outbox) {
  const auto lost = outbox.lost();
  if (!lost.ok()) return;
  // What was lost before this agent began was told by the one before.
  if (*lost > lost_.value_or(*lost) && !is_losing_) {
    log_warning(
        "the oldest files of metrics are dropped unsent, since more wait than are kept; `candor "
        "status` says how many");
    is_losing_ = true;
  }
  lost_ = *lost;
}

void PushUpkeep::forget_failures() {
  failures_ = 0;
  send_again_.reset();
}

// Once for the same trouble.
void PushUpkeep::tell(const Error& error) {
  if (said_ != error.message) log_warning("metrics that are pushed: {}", error.message);
  said_ = error.message;
}

}  // namespace candor
