#include "cli/send_metrics.h"

#include <fmt/format.h>

#include "agent/begin.h"
#include "agent/events.h"
#include "agent/limits.h"
#include "agent/pushing.h"
#include "agent/readings.h"
#include "base/counted.h"
#include "cli/rehearse.h"
#include "cli/send_programs.h"

namespace candor {
namespace {

Outbox outbox_of(const StateFolder& row) { return Outbox(row, kMetricFileLimits); }

Error nothing(const Agent& agent) {
  return Error{ErrorKind::kNothing,
               fmt::format("No metric of {} may leave: its contract lists none, or does not accept "
                           "prometheus, or their channel is "
                           "off, not agreed to or not confirmed. `candor channel ls` lists the "
                           "channels, `candor preview --metrics` prints what there is.",
                           agent.contract().product)};
}

Result<std::vector<MetricFamily>> read_with_pending(const Agent& agent, Readings& readings) {
  CANDOR_ASSIGN(reports, Outbox(agent.state()).pending());
  readings.note_pending(reports.size());
  return readings.read(kPushReadTime);
}

Result<std::vector<MetricFamily>> read_now(const Agent& agent) {
  CANDOR_ASSIGN(readings, Readings::of(agent, agent.settings().scrapes(), Readings::For::kALook));
  return read_with_pending(agent, *readings);
}

// A file that is made for eyes.
Result<int> print_preview(Context& context, const Agent& agent, const ChannelSet& channels,
                          Agent::Fields fields) {
  CANDOR_ASSIGN(families, read_now(agent));
  CANDOR_ASSIGN(push, preview_push(agent, std::move(families), channels, fields));
  if (!push.document) return nothing(agent);
  context.out.print(push.document->bytes());
  context.out.say(fmt::format(
      "{} of now, kept nowhere and never sent. {} more stay home: the contract does not list them, "
      "or they may not leave. What Sonar measures knows `candor agent` alone.",
      counted(push.counts.sealed, "sample"),
      push.counts.stayed + push.counts.collided + push.counts.too_many));
  const auto link = metric_uplink_options(agent.settings(), agent.contract());
  if (!link.ok()) context.out.say(fmt::format("It could not leave. {}", link.error().message));
  return kExitOk;
}

// Makes one where none waits.
Status make_pending(const Agent& agent) {
  CANDOR_ASSIGN(pending, outbox_of(metrics_of(agent.state())).pending());
  if (!pending.empty()) return Ok{};
  CANDOR_ASSIGN(leave, metric_leave(agent));
  if (!leave) return nothing(agent);
  CANDOR_ASSIGN(readings, Readings::of(agent, agent.settings().scrapes()));
  CANDOR_ASSIGN(families, read_with_pending(agent, *readings));
  CANDOR_ASSIGN(kept, keep_push(agent, *leave, std::move(families)));
  return kept.id.empty() ? Status(nothing(agent)) : Status(Ok{});
}

}  // namespace

Result<int> send_metrics(Context& context, const Agent& agent) {
  CANDOR_TRY(check_on(agent));
  CANDOR_ASSIGN(link, metric_uplink_options(agent.settings(), agent.contract()));
  const auto row = metrics_of(agent.state());
  CANDOR_TRY(drop_unwanted_events(agent, row));
  CANDOR_TRY(make_pending(agent));
  const auto client = agent.world().make_client();
  CANDOR_ASSIGN(summary, send_pushes(agent, *client, {}));
  agent.tell_if_dropped(row, summary);
  if (summary.refused > 0) {
    return Error{ErrorKind::kGeneral,
                 fmt::format("The collector refused files of metrics; they are kept in {} and not "
                             "sent again. {}",
                             row.file("refused").string(), summary.refusal)};
  }
  if (summary.error && summary.left > 0)
    return with_next_step(*summary.error, "The metrics are", "candor send --metrics");
  if (summary.error) return *summary.error;
  const auto url = link.shown_url();
  context.answer({{"files", summary.sent}, {"url", url}}, "");
  context.out.say(fmt::format("{} pushed to {}",
                              counted(summary.sent, "file of metrics", "files of metrics"), url));
  if (summary.left > 0) {
    context.out.say(fmt::format(
        "There was no time for all of them: {} kept. Send them with: candor send --metrics",
        summary.left == 1 ? "one is" : fmt::format("{} are", summary.left)));
  }
  context.out.say("What was sent: candor log --metrics");
  return kExitOk;
}

Result<int> rehearse_send_metrics(Context& context, const Agent& agent) {
  CANDOR_ASSIGN(link, metric_uplink_options(agent.settings(), agent.contract()));
  CANDOR_ASSIGN(pending, outbox_of(metrics_of(agent.state())).pending());
  std::vector<std::string> steps;
  if (pending.empty()) steps.push_back("make a file of metrics: `candor show --metrics` prints it");
  for (const auto& file : pending)
    steps.push_back(fmt::format("send file {} ({} bytes)", file.id, file.bytes));
  steps.push_back(post_to(link));
  return tell_rehearsal(context, steps);
}

Result<int> show_metrics(Context& context, const Agent& agent) {
  CANDOR_ASSIGN(decision, agent.decision());
  if (decision.mode != Mode::kOn) {
    context.out.say(fmt::format("Telemetry is {}, and nothing is sent. {} This would be pushed.",
                                name_of(decision.mode), decision.reason));
    return print_preview(context, agent, agent.channels(), Agent::Fields::kAll);
  }
  const auto row = metrics_of(agent.state());
  CANDOR_TRY(drop_unwanted_events(agent, row));
  const auto outbox = outbox_of(row);
  CANDOR_ASSIGN(pending, outbox.pending());
  auto oldest = pending.empty() ? Result<std::string>(Error{ErrorKind::kNotFound, ""})
                                : outbox.read(pending.front().id);
  // The agent may have sent it since.
  if (!oldest.ok() && oldest.error().kind == ErrorKind::kNotFound)
    return print_preview(context, agent, agent.leaving_channels(), Agent::Fields::kAgreed);
  CANDOR_ASSIGN(bytes, std::move(oldest));
  context.out.print(bytes);
  if (pending.size() > 1) {
    context.out.say(
        fmt::format("{} files of metrics are pending; this is the oldest, which is sent "
                    "first.",
                    pending.size()));
  }
  return kExitOk;
}

Result<int> preview_metrics(Context& context, const Agent& agent, const ChannelSet& channels) {
  return print_preview(context, agent, channels, Agent::Fields::kAll);
}

}  // namespace candor
