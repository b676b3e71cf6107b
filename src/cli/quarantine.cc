#include <fmt/format.h>

#include "base/counted.h"
#include "cli/collector_client.h"
#include "cli/commands.h"
#include "wire/url.h"

namespace candor {
namespace {

std::string address(const Context& context, std::string_view what, std::string_view query = "") {
  return fmt::format("/api/v1/products/{}/{}{}", url_encode(context.arguments.value("PRODUCT")),
                     what, query);
}

const Json& list_of(const Json& answer, std::string_view name) {
  static const Json kNone = Json::array();
  const Json* list = find_member(answer, name);
  return list != nullptr && list->is_array() ? *list : kNone;
}

std::uint64_t number(const Json& answer, std::string_view name) {
  return static_cast<std::uint64_t>(integer_member(answer, name));
}

Result<int> list(Context& context) {
  CANDOR_ASSIGN(collector, CollectorClient::from(context));
  CANDOR_ASSIGN(answer, collector.get(address(context, "quarantine")));
  const auto& rows = list_of(answer, "rows");
  auto text = fmt::format("{:>8}  {:<4}  {:<14}  {}\n", "VALUES", "KEPT", "REASON", "FIELD");
  for (const auto& row : rows) {
    text += fmt::format("{:>8}  {:<4}  {:<14}  {}\n", number(row, "count"),
                        bool_member(row, "held") ? "yes" : "no", string_member(row, "reason"),
                        printable(string_member(row, "field")));
  }
  context.answer({{"rows", rows}}, rows.empty() ? "" : text);
  if (rows.empty()) context.out.say("Nothing is in quarantine.");
  return kExitOk;
}

Result<int> show(Context& context) {
  CANDOR_ASSIGN(collector, CollectorClient::from(context));
  const auto field = context.arguments.value("FIELD");
  CANDOR_ASSIGN(
      answer, collector.get(address(context, "quarantine/values", "?field=" + url_encode(field))));
  const auto& values = list_of(answer, "values");
  auto text = fmt::format("{:<24}  {:<14}  {}\n", "RECEIVED", "REASON", "VALUE");
  for (const auto& held : values) {
    const Json* value = find_member(held, "value");
    const bool is_there = value != nullptr && !value->is_null();
    text += fmt::format("{:<24}  {:<14}  {}\n", string_member(held, "received"),
                        string_member(held, "reason"),
                        is_there ? printable(to_line(*value)) : "(not kept)");
  }
  context.answer({{"values", values}}, values.empty() ? "" : text);
  if (values.empty()) {
    context.out.say(
        "Nothing of this field is in quarantine. `candor quarantine ls` lists those of "
        "which something is.");
  }
  return kExitOk;
}

Result<int> replay(Context& context) {
  CANDOR_ASSIGN(collector, CollectorClient::from(context));
  std::uint64_t records = 0, values = 0, held = 0, other_consent = 0, lost = 0, from = 0;
  for (bool more = true; more;) {
    CANDOR_ASSIGN(answer, collector.post(address(context, "quarantine/replay",
                                                 fmt::format("?from={}", from))));
    records += number(answer, "records");
    values += number(answer, "values");
    held += number(answer, "held");
    other_consent += number(answer, "other_consent");
    lost += number(answer, "lost");
    const Json* next = find_member(answer, "next");
    more = next != nullptr && next->is_number_unsigned() && next->get<std::uint64_t>() > from;
    if (more) from = next->get<std::uint64_t>();
    if (more) context.out.say(fmt::format("{} looked at so far", counted(from, "value")));
  }
  context.out.say(fmt::format("{} of {} fit now and are on their way into the figures; {} stay.",
                              counted(values, "value"), counted(records, "record"), held));
  if (other_consent > 0) {
    context.out.warn(fmt::format(
        "{} of reports stay: their operators agreed to a contract of another consent hash.",
        counted(other_consent, "value")));
  }
  if (lost > 0) {
    context.out.warn(fmt::format("{} stay: what they belong to is no longer in the store.",
                                 counted(lost, "value")));
  }
  if (context.globals.json) {
    context.answer({{"records", records},
                    {"values", values},
                    {"held", held},
                    {"other_consent", other_consent},
                    {"lost", lost}},
                   "");
  }
  return kExitOk;
}

Result<int> drop(Context& context) {
  const auto field = context.arguments.value("field");
  if (field.empty() && !context.arguments.has("all")) {
    return Error{ErrorKind::kUsage,
                 "What is to be dropped? Name a field with --field FIELD, or all with --all."};
  }
  if (!field.empty() && context.arguments.has("all"))
    return Error{ErrorKind::kUsage, "--field FIELD drops one field, --all all of them: which?"};
  CANDOR_ASSIGN(collector, CollectorClient::from(context));
  CANDOR_ASSIGN(answer,
                collector.post(address(context, "quarantine/drop", "?field=" + url_encode(field))));
  const auto dropped = number(answer, "dropped");
  context.out.say(fmt::format("{} dropped.", counted(dropped, "value")));
  if (context.globals.json) context.answer({{"dropped", dropped}}, "");
  return kExitOk;
}

Command child(std::string name, std::string summary, std::string about, std::string example,
              std::function<Result<int>(Context&)> run) {
  Command command;
  command.name = std::move(name);
  command.summary = std::move(summary);
  command.about = std::move(about);
  command.operands = {{"PRODUCT", "the product"}};
  command.options = with_collector_options({});
  command.examples = {{std::move(example), ""}};
  command.exit_codes = {
      {kExitUnavailable, "the collector does not answer, or does not show it to you"}};
  command.run = std::move(run);
  return command;
}

}  // namespace

Command quarantine_command() {
  auto lister = child("ls", "list the fields of which something is in quarantine", "",
                      "candor quarantine ls stone", list);
  auto shower = child("show", "show the values of one field", "At most 200, the newest first.",
                      "candor quarantine show stone osd.count", show);
  shower.operands.push_back({"FIELD", "as `candor quarantine ls` lists it"});
  auto replayer =
      child("replay", "admit what fits by now",
            "After bounds of the contract were corrected and the collector was started with it: "
            "every value is held to the contract again, and the figures become those of a run "
            "without the mistake. Values of reports stay where the contract's consent hash is "
            "another one.",
            "candor quarantine replay stone", replay);
  auto dropper = child("drop", "forget values", "They go after 7 days by themselves.",
                       "candor quarantine drop stone --field osd.count", drop);
  dropper.options = with_collector_options(
      {{"field", "FIELD", "The values of this field."}, {"all", "", "All values of the product."}});
  return {
      .name = "quarantine",
      .summary = "look at what did not fit the contract, replay or drop it",
      .about =
          "A collector keeps values of declared fields that were out of bounds for 7 days, and "
          "of what is undeclared the name alone.",
      .operands = {},
      .options = {},
      .examples = {{"candor quarantine ls stone", ""}, {"candor quarantine replay stone", ""}},
      .exit_codes = {},
      .children = {std::move(lister), std::move(shower), std::move(replayer), std::move(dropper)},
      .run = {}};
}

}  // namespace candor
