#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "cli/agreeing.h"
#include "cli/commands.h"
#include "cli/wrap.h"
#include "contract/check.h"
#include "contract/difference.h"

namespace candor {
namespace {

struct Comparison {
  std::optional<Contract> agreed;  // nothing: nobody agreed to anything of this product
  std::vector<FieldChange> changes;
  Standing standing;
  std::optional<Instant> begins;  // what a notice announced, and nobody began or refused yet
};

Status look(const Agent& agent, Comparison& seen) {
  CANDOR_ASSIGN(standing, agent.standing());
  seen.standing = std::move(standing);
  CANDOR_ASSIGN(given, agent.consent());
  if (!given || given->state != Mode::kOn) return Ok{};
  const auto now = system_clock().now();
  if (given->is_waiting(now)) seen.begins = given->starts_at;
  CANDOR_ASSIGN(agreed, read_agreed_contract(agent.state(), *given, now));
  if (agreed.product != agent.contract().product) return Ok{};
  seen.agreed = std::move(agreed);
  seen.changes = compare(*seen.agreed, agent.contract());
  return Ok{};
}

Json time_or_null(const std::optional<Instant>& time) {
  return time ? Json(format_rfc3339(*time)) : Json(nullptr);
}

Json json_of(const Agent& agent, const Comparison& seen) {
  Json document = {
      {"product", agent.contract().product},
      {"agreed", seen.agreed ? Json(seen.agreed->hash) : Json(nullptr)},
      {"contract", agent.contract().hash},
      {"pending", seen.standing.is_pending()},
      {"starts_at", time_or_null(seen.begins ? seen.begins : seen.standing.starts_at)},
      {"problem", seen.standing.problem.empty() ? Json(nullptr) : Json(seen.standing.problem)},
      {"unconfirmed", seen.standing.unconfirmed},
      {"new", Json::array()},
      {"changed", Json::array()},
      {"gone", Json::array()}};
  for (const auto& change : seen.changes) {
    Json one = {{"path", change.path},     {"channel", change.channel}, {"type", change.type},
                {"class", change.privacy}, {"purpose", change.purpose}, {"about", change.about},
                {"owner", change.owner}};
    if (!change.changes.empty()) one["changes"] = change.changes;
    document[std::string(name_of(change.kind))].push_back(std::move(one));
  }
  return document;
}

// One entry of a list; what goes on in the next line is indented.
std::string item(const std::string& text) {
  return "  " + wrapped(text, terminal_width(STDOUT_FILENO), 4, 2) + "\n";
}

void add(std::string& text, std::string_view title, FieldChange::Kind kind,
         const std::vector<FieldChange>& changes) {
  bool first = true;
  for (const auto& change : changes) {
    if (change.kind != kind) continue;
    if (first) text += fmt::format("{}\n", title);
    first = false;
    text += item(fmt::format("{} (channel {}, {}, {}): {} For {}.", change.path, change.channel,
                             change.type, change.privacy, change.about, change.purpose));
    if (!change.changes.empty())
      text += "  " + item(fmt::format("{}", fmt::join(change.changes, "; ")));
  }
}

std::string text_of(const Comparison& seen) {
  std::string text;
  add(text, "New; stays home until you agree:", FieldChange::Kind::kNew, seen.changes);
  add(text, "Not as you agreed to it; stays home until you agree:", FieldChange::Kind::kChanged,
      seen.changes);
  add(text, "No longer collected:", FieldChange::Kind::kGone, seen.changes);
  return text;
}

Result<int> run(Context& context) {
  CANDOR_ASSIGN(agent, context.open_agent());
  Comparison seen;
  CANDOR_TRY(look(agent, seen));
  auto& out = context.out;
  context.answer(json_of(agent, seen), text_of(seen));
  if (!seen.standing.problem.empty()) out.warn(seen.standing.problem);
  for (const auto& channel : seen.standing.unconfirmed)
    out.warn(fmt::format(
        "The channel {0} is on, but nobody confirmed it; nothing of it leaves. Ask {1}, then: "
        "candor channel enable {0} --confirmed-by WHO",
        channel, agent.contract().channel(channel)->confirmation));
  if (seen.begins) {
    out.say(
        fmt::format("A notice announced all of it, and you agreed to nothing yet: it begins "
                    "at {}. To begin at once: {}. To refuse for good: candor off.",
                    format_rfc3339(*seen.begins), agreeing(agent)));
    return seen.standing.is_pending() ? kExitPending : kExitOk;
  }
  if (!seen.standing.is_pending()) {
    out.say(seen.agreed ? "Nothing new: you agreed to all that the contract shares."
                        : "Nothing new: nothing was agreed to, and nothing is shared. `candor "
                          "preview` prints what would be.");
    return kExitOk;
  }
  if (seen.standing.starts_at) {
    out.say(
        fmt::format("A notice lets it go at {}. To agree at once: {}. To refuse for "
                    "good: candor off.",
                    format_rfc3339(*seen.standing.starts_at), agreeing(agent)));
  } else if (!seen.standing.withheld.empty() || !seen.standing.problem.empty()) {
    out.say(
        fmt::format("To agree: {}. To stay with what you agreed to, do nothing.", agreeing(agent)));
  }
  return kExitPending;
}

}  // namespace

Command diff_command() {
  return {
      .name = "diff",
      .summary = "tell what the contract shares beyond what you agreed to",
      .about =
          "Compares the contract of today with the one you agreed to: fields that are new, whose "
          "channel, type, class or purpose is another, or that are gone; each with what it is "
          "and what it is for. New and altered fields stay home by themselves.",
      .operands = {},
      .options = {},
      .examples = {{"candor diff", ""}, {"candor diff --json", ""}},
      .exit_codes = {{kExitPending, "the contract shares more than you agreed to"},
                     {kExitConfiguration, "configuration or contract is wrong"}},
      .children = {},
      .run = run};
}

}  // namespace candor
