#include "cli/prompt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "agent/seal/seal_metrics.h"
#include "base/ascii.h"
#include "base/counted.h"
#include "cli/wrap.h"
#include "contract/difference.h"
#include "contract/docs.h"
#include "wire/url.h"

namespace candor {
namespace {

constexpr std::size_t kIndent = 4;  // of what goes on in the next line

std::string endpoint_of(const Agent& agent) {
  const auto configured = agent.settings().text("endpoint");
  return without_password(configured.empty() ? agent.contract().endpoint : configured);
}

// One entry of a list, as wide as the terminal.
std::string item(const std::string& text) {
  return "  " + wrapped(text, terminal_width(STDERR_FILENO), kIndent, 2) + "\n";
}

std::string paragraph(const std::string& text) {
  return wrapped(text, terminal_width(STDERR_FILENO)) + "\n";
}

// Everything that the contract shares, as short as it can be said whole.
std::string all_of(const Agent& agent) {
  const auto& contract = agent.contract();
  const auto on = agent.channels();
  auto text = paragraph(fmt::format("{}: {}", contract.title, contract.about)) +
              "\nWhat is shared, by channel:\n";
  for (const auto& channel : contract.channels) {
    text += item(fmt::format("{} ({}): {}", channel.name, on.contains(channel.name) ? "on" : "off",
                             channel.about));
  }
  return text;
}

// What the contract shares beyond what was agreed to; empty when nothing was.
std::string what_is_new(const Agent& agent) {
  const auto given = agent.consent();
  if (!given.ok() || !*given || (*given)->state != Mode::kOn) return "";
  const auto agreed = read_agreed_contract(agent.state(), **given, system_clock().now());
  if (!agreed.ok() || agreed->product != agent.contract().product) return "";
  auto text = paragraph(fmt::format(
      "{}: you agreed to share what an earlier contract declared. This one also shares:",
      agent.contract().title));
  bool any = false;
  for (const auto& change : compare(*agreed, agent.contract())) {
    if (change.kind == FieldChange::Kind::kGone) continue;
    any = true;
    text +=
        item(fmt::format("{} (channel {}): {}{}{}", change.path, change.channel, change.about,
                         change.changes.empty() ? "" : " Now: ", fmt::join(change.changes, "; ")));
  }
  return any ? text : "";
}

// Of metrics that would leave with a yes.
std::string pushes_of(const Agent& agent) {
  const auto on = agent.channels();
  const auto of_metrics = metric_channels(agent.contract());
  const bool pushes =
      agent.contract().accepts_protocol("prometheus") &&
      std::ranges::any_of(of_metrics, [&](const auto& name) { return on.contains(name); });
  if (!pushes) return "";
  return fmt::format(" Metrics every {} s (candor preview --metrics).",
                     agent.settings().integer("monitor.push_interval"));
}

std::string terms_of(const Agent& agent) {
  const auto& contract = agent.contract();
  auto text =
      "\n" +
      paragraph(fmt::format("Purpose: {}. Kept for {}. Sent every {} h to {}.{}",
                            fmt::join(purposes_of(contract), ", "),
                            counted(static_cast<std::uint64_t>(contract.retention_days), "day"),
                            agent.interval().count(), endpoint_of(agent), pushes_of(agent))) +
      paragraph("Contact: " + contract.contact);
  if (contract.licence) {
    text += paragraph(fmt::format("Licence: {} ({}), {}", contract.licence->name,
                                  contract.licence->id, contract.licence->url));
  }
  return text +
         paragraph(
             "See a whole report first: candor preview. Take a yes back at any time: candor off.");
}

}  // namespace

Answer answer_of(std::string_view line) {
  while (line.starts_with(' ')) line.remove_prefix(1);
  while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
  const auto word = to_lower(line);
  if (word == "y" || word == "yes") return Answer::kYes;
  return word == "n" || word == "no" ? Answer::kNo : Answer::kNone;
}

bool can_ask(const Context& context) {
  if (context.globals.no_input || context.globals.json) return false;
  if (is_automation(context.environment)) return false;
  return ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0 &&
         ::isatty(STDERR_FILENO) != 0;
}

Answer ask_consent(Context& context, const Agent& agent) {
  const auto news = what_is_new(agent);
  context.out.ask((news.empty() ? all_of(agent) : news) + terms_of(agent));
  context.out.ask("\nDo you want to share this? Type yes or no: ");
  for (std::string line; std::getline(std::cin, line);) {
    const auto answer = answer_of(line);
    if (answer != Answer::kNone) return answer;
    context.out.ask("Type yes or no: ");
  }
  context.out.ask("\n");
  return Answer::kNone;
}

Result<bool> is_agreed(const Agent& agent) {
  const auto given = agent.consent();
  if (!given.ok() && given.error().kind == ErrorKind::kBadData) return false;
  if (!given.ok()) return given.error();
  if (!*given || (*given)->state != Mode::kOn || (*given)->how == kByNotice) return false;
  // What cannot be read was not agreed to: it is asked for again, and replaced.
  const auto standing = agent.standing();
  return standing.ok() && standing->withheld.empty() && standing->problem.empty();
}

void tell_notice(const Context& context, const Agent& agent) {
  if (!can_ask(context) || context.globals.quiet || context.globals.dry_run) return;
  const auto notice = agent.give_notice();
  // Who may not write the state is not who decides; the agent tells in its log.
  if (notice.ok() && *notice) context.out.warn(**notice);
}

}  // namespace candor
