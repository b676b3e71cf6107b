#include "cli/prompt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <iostream>

#include "contract/difference.h"
#include "contract/docs.h"
#include "wire/url.h"

namespace candor {
namespace {

std::string endpoint_of(const Agent& agent) {
  const auto configured = agent.settings().text("endpoint");
  return without_password(configured.empty() ? agent.contract().endpoint : configured);
}

// Everything that the contract shares, as short as it can be said whole.
std::string all_of(const Agent& agent) {
  const auto& contract = agent.contract();
  const auto on = agent.channels();
  auto text =
      fmt::format("{}: {}\n\nWhat is shared, by channel:\n", contract.title, contract.about);
  for (const auto& channel : contract.channels) {
    text += fmt::format("  {} ({}): {}\n", channel.name, on.contains(channel.name) ? "on" : "off",
                        channel.about);
  }
  return text;
}

// What the contract shares beyond what was agreed to; empty when nothing was.
std::string what_is_new(const Agent& agent) {
  const auto given = agent.consent();
  if (!given.ok() || !*given || (*given)->state != Mode::kOn) return "";
  const auto agreed = read_agreed_contract(agent.state(), **given, system_clock().now());
  if (!agreed.ok() || agreed->product != agent.contract().product) return "";
  auto text = fmt::format(
      "{}: you agreed to share what an earlier contract declared. This one also shares:\n",
      agent.contract().title);
  bool any = false;
  for (const auto& change : compare(*agreed, agent.contract())) {
    if (change.kind == FieldChange::Kind::kGone) continue;
    any = true;
    text += fmt::format("  {} (channel {}): {}{}{}\n", change.field->path, change.channel,
                        change.field->about,
                        change.changes.empty() ? "" : " Now: ", fmt::join(change.changes, "; "));
  }
  return any ? text : "";
}

std::string terms_of(const Agent& agent) {
  const auto& contract = agent.contract();
  auto text = fmt::format("\nPurpose: {}. Kept for {} days. Sent every {} h to {}.\nContact: {}\n",
                          fmt::join(purposes_of(contract), ", "), contract.retention_days,
                          agent.interval().count(), endpoint_of(agent), contract.contact);
  if (contract.licence) {
    text += fmt::format("Licence: {} ({}), {}\n", contract.licence->name, contract.licence->id,
                        contract.licence->url);
  }
  return text +
         "See a whole report first: candor preview. Take a yes back at any time: candor off.\n";
}

}  // namespace

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
    if (line == "yes") return Answer::kYes;
    if (line == "no") return Answer::kNo;
    context.out.ask("Type yes or no: ");
  }
  context.out.ask("\n");
  return Answer::kNone;
}

void tell_notice(const Context& context, const Agent& agent) {
  if (!can_ask(context) || context.globals.quiet || context.globals.dry_run) return;
  const auto notice = agent.give_notice();
  // Who may not write the state is not who decides; the agent tells in its log.
  if (notice.ok() && *notice) context.out.warn(**notice);
}

}  // namespace candor
