#include "contract/docs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/counted.h"

namespace candor {
namespace {

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

// A bound without an exponent: 1152921504606846976.
std::string plain(double number) {
  return std::trunc(number) == number ? fmt::format("{:.0f}", number) : fmt::format("{}", number);
}

std::string bounds_of(const Field& field) {
  if (field.privacy == PrivacyClass::kHashed)
    return fmt::format("{} of the text", name_of(field.hash));
  if (field.privacy == PrivacyClass::kKeyed) return "keyed hash of the text";
  if (field.privacy == PrivacyClass::kNever) return "never sent";
  if (!field.values.empty()) return fmt::format("{}", fmt::join(field.values, ", "));
  if (field.min && field.max) return fmt::format("{} to {}", plain(*field.min), plain(*field.max));
  if (field.min) return fmt::format("from {}", plain(*field.min));
  if (field.max) return fmt::format("up to {}", plain(*field.max));
  if (field.type == FieldType::kString) return fmt::format("up to {} bytes", field.max_length);
  return "";
}

// The fields of a channel that are of one event, or of reports.
void add_fields(std::string& page, const Contract& contract, std::size_t channel,
                std::optional<std::size_t> event) {
  const auto wanted = [&](const Field& field) {
    return field.channel == channel && field.event == event;
  };
  if (std::ranges::none_of(contract.fields, wanted)) return;
  const auto inner = event ? path_in_event(contract.events[*event].name, "").size() : 0;
  page += "| field | type | bounds | class | purpose | what it is | owner | until |\n";
  page += "|---|---|---|---|---|---|---|---|\n";
  for (const auto& field : contract.fields) {
    if (!wanted(field)) continue;
    page += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
                        cell(std::string_view(field.path).substr(inner)), name_of(field.type),
                        cell(bounds_of(field)), name_of(field.privacy), name_of(field.purpose),
                        cell(field.about), cell(field.owner),
                        field.expires ? format_day(*field.expires) : "");
  }
}

void add_metrics(std::string& page, const Contract& contract, std::size_t channel) {
  const auto wanted = [&](const DeclaredMetric& metric) { return metric.channel == channel; };
  if (std::ranges::none_of(contract.metrics, wanted)) return;
  page += "\n### Metrics\n\n";
  page +=
      "| metric | type | labels | labels, keyed | tells installations apart | purpose | what it is "
      "| owner | until |\n";
  page += "|---|---|---|---|---|---|---|---|---|\n";
  for (const auto& metric : contract.metrics) {
    if (!wanted(metric)) continue;
    page +=
        fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} | {} |\n", cell(metric.name),
                    name_of(metric.type), cell(fmt::format("{}", fmt::join(metric.labels, ", "))),
                    cell(fmt::format("{}", fmt::join(metric.keyed, ", "))),
                    cell(metric.installation), name_of(metric.purpose), cell(metric.about),
                    cell(metric.owner), metric.expires ? format_day(*metric.expires) : "");
  }
}

void add_channel(std::string& page, const Contract& contract, std::size_t index) {
  const auto& channel = contract.channels[index];
  page += fmt::format("\n## Channel {} ({} by default)\n\n{}\n\n", channel.name,
                      channel.on_by_default ? "on" : "off", channel.about);
  if (!channel.confirmation.empty()) {
    page += fmt::format("An operator switches it on only after {} has confirmed it.\n\n",
                        channel.confirmation);
  }
  add_fields(page, contract, index, std::nullopt);
  for (std::size_t event = 0; event < contract.events.size(); ++event) {
    const auto& declared = contract.events[event];
    if (declared.channel != index) continue;
    page += fmt::format("\n### Event {}\n\n{}\n\n", declared.name, declared.about);
    if (declared.survey) {
      page +=
          fmt::format("Asked at most once a version, after {}: “{}”, 1 to {}.\n\n",
                      declared.survey->activity, declared.survey->question, declared.survey->scale);
    }
    add_fields(page, contract, index, event);
  }
  add_metrics(page, contract, index);
}

// What an agent asks; the programs in full, since they are the product's own.
std::string asked(const DeclaredCollector& collector) {
  switch (collector.kind) {
    case CollectorKind::kHost:
      return "the machine it runs on";
    case CollectorKind::kCeph:
      return "the cluster, by its command line";
    case CollectorKind::kCrashes:
      return "the crash records that Candor's programs, and those with its library, left behind";
    case CollectorKind::kDcos:
      return "the DC/OS cluster: its diagnostics service, Cosmos and Mesos";
    case CollectorKind::kUnits:
      return "systemd on the machine it runs on";
    case CollectorKind::kSmart:
      return "the drives of the machine it runs on, for device reports";
    case CollectorKind::kExec:
      break;
  }
  return fmt::format("the program `{}`, at most {} s and {} bytes",
                     fmt::join(collector.command, " "),
                     std::chrono::duration_cast<std::chrono::seconds>(collector.timeout).count(),
                     collector.max_output);
}

void add_head(std::string& page, const Contract& contract) {
  page += fmt::format("# {}: what is reported\n\n", contract.title);
  if (!contract.about.empty()) page += fmt::format("{}\n\n", contract.about);
  page += fmt::format("* Product: `{}`\n", contract.product);
  page +=
      contract.consent == ConsentKind::kOptIn
          ? "* Consent: nothing is sent until an operator says yes.\n"
          : "* Consent: sent after a notice and 24 hours of grace, unless an operator says no.\n";
  if (contract.licence) {
    page += fmt::format("* Licence: [{}]({}) (`{}`)\n", contract.licence->name,
                        contract.licence->url, contract.licence->id);
  } else {
    page += "* Licence: none\n";
  }
  page += fmt::format("* Contact: {}\n", contract.contact);
  if (!contract.endpoint.empty()) page += fmt::format("* Sent to: {}\n", contract.endpoint);
  if (!contract.device_endpoint.empty())
    page += fmt::format("* Device reports are sent to: {}\n", contract.device_endpoint);
  for (const auto& collector : contract.collectors)
    page += fmt::format("* An agent asks: {}\n", asked(collector));
  if (contract.accepts_protocol("native")) {
    page +=
        "* Around what is listed here: the installation's random identity, when it was, the hash "
        "of "
        "this contract, the agent's version, and whether it was in continuous integration\n";
  }
  page += fmt::format("* Kept for: {}\n",
                      counted(static_cast<std::uint64_t>(contract.retention_days), "day"));
  page +=
      contract.visibility == Visibility::kPublic
          ? "* Figures of all installations together are public; single installations never are.\n"
          : "* Figures are seen by the vendor only.\n";
  page += fmt::format("* Contract: SHA-256 `{}`\n", contract.hash);
}

void add_insights(std::string& page, const Contract& contract) {
  if (contract.insights.empty()) return;
  page +=
      "\n## What is made of it\n\n| figure | computed from | how | what it is "
      "|\n|---|---|---|---|\n";
  for (const auto& insight : contract.insights) {
    page += fmt::format("| {} | {}`{}`{} | {} | {} |\n", cell(insight.title),
                        insight.event.empty() ? "" : insight.event + ": ",
                        fmt::join(insight.paths, "`, `"),
                        insight.by.empty() ? "" : fmt::format(", by `{}`", insight.by),
                        name_of(insight.aggregate), cell(insight.about));
  }
}

void add_health(std::string& page, const Contract& contract) {
  const auto tells = [](const DeclaredEvent& event) { return event.health.has_value(); };
  if (std::ranges::none_of(contract.events, tells)) return;
  page +=
      "\n## How well it works\n\nHow runs ended, how long they took and in how many installations, "
      "of "
      "all of them together; a verdict on each, signed, is for everybody, so that clients can say "
      "that a version fails for others.\n\n| event | of each | by |\n|---|---|---|\n";
  for (const auto& event : contract.events) {
    if (!event.health) continue;
    const auto& version = event.health->version;
    page += fmt::format("| {} | `{}` | {} |\n", cell(event.name), cell(event.health->name),
                        version.empty() ? "" : fmt::format("`{}`", cell(version)));
  }
}

constexpr std::string_view kTemplate = R"toml(candor = 1  # format of this file

# What {0} may send. Nothing that is not declared here leaves an installation, and a collector keeps
# nothing else. `candor contract lint` checks this file, `candor contract docs` makes a page of it.

[product]
name = "{0}"                         # stands in addresses: a-z, 0-9 and '-'
title = "{0}"
about = "Anonymous figures that help to improve {0}."
contact = "privacy@example.com"      # whom an operator may ask
consent = "opt-in"                   # opt-in: nothing is sent before a yes; opt-out: notice and grace
visibility = "private"               # public: the figures of all installations together are public
accepts = ["native"]                 # protocols of its clients: native, ceph, segment, …
endpoint = "https://telemetry.example.com"
retention = "400d"

# A licence the data is given under; `candor on` then asks for it by its id.
# [product.licence]
# id = "sharing-1-0"
# name = "Community Data License Agreement - Sharing - Version 1.0"
# url = "https://cdla.io/sharing-1-0/"

# What an agent asks: the machine ("host"), a cluster ("ceph"), or a program of yours ("exec").
[[collector]]
kind = "host"

# [[collector]]
# kind = "exec"
# command = ["/usr/lib/{0}/figures", "--json"]    # prints one JSON object
# under = "figures"                               # which goes under this member

# A channel is a part that an operator can switch on and off.
[[channel]]
name = "basic"
about = "Which version runs, and how much it is used."
default = true
purpose = "improvement"              # improvement, support, operations or public-statistics
owner = "telemetry@example.com"      # who answers for these fields

# Types: boolean, integer, number, string, timestamp. Classes: clear (as it is), keyed (a hash under a
# key that stays with the installation), hashed (md5 or sha256, for clients that hash), never.
# In paths, `[]` is every element of a list and `*` every key of an open map.
[[channel.fields]]
path = "version"
type = "string"
max_length = 64
about = "The version that runs."

[[channel.fields]]
path = "plugins[].kind"
type = "string"
values = ["storage", "network", "other"]
about = "What kind of plugin each installed plugin is."

[[channel.fields]]
path = "users"
type = "integer"
min = 0
max = 1000000
expires = "{1}-01-01"                # ask again whether it is still needed
about = "How many users there are."

# A figure of the dashboard, made of every installation's newest report.
[[insight]]
name = "users"
title = "Users"
about = "Users of all installations that reported in the last 7 days, added up."
path = "users"
aggregate = "sum"                    # sum, majority (of a map of counts) or value
unit = "count"
)toml";

}  // namespace

std::string to_markdown(const Contract& contract) {
  std::string page;
  add_head(page, contract);
  for (std::size_t i = 0; i < contract.channels.size(); ++i) add_channel(page, contract, i);
  add_insights(page, contract);
  add_health(page, contract);
  return page;
}

std::string new_contract(std::string_view product) {
  const auto year = format_day(day_of(system_clock().now()) + 2 * 365).substr(0, 4);
  return fmt::format(kTemplate, product, year);
}

std::vector<std::string_view> purposes_of(const Contract& contract) {
  std::vector<std::string_view> purposes;
  for (const auto& field : contract.fields) {
    const auto name = name_of(field.purpose);
    if (field.privacy == PrivacyClass::kNever ||
        std::ranges::find(purposes, name) != purposes.end())
      continue;
    purposes.push_back(name);
  }
  return purposes;
}

}  // namespace candor
