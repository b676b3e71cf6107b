#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <regex>

#include "base/clock.h"
#include "base/digest.h"
#include "base/numbers.h"
#include "contract/check.h"
#include "contract/contract.h"
#include "contract/field_rules.h"
#include "contract/health_rules.h"
#include "contract/limits.h"
#include "contract/names.h"
#include "contract/survey.h"

namespace candor {
namespace {

// What a channel's fields have unless they say otherwise.
struct Defaults {
  std::size_t purpose = 0;
  std::size_t privacy = 0;
  std::string owner;
  std::string expires;
};

class Parser {
 public:
  explicit Parser(TomlFile& file) : file_(file) {}

  Contract parse() {
    auto root = file_.root();
    if (root.integer("candor").value_or(0) != 1) {
      root.reject("candor", "this is no contract of format 1: write candor = 1 in the first line.");
    }
    parse_product(root.table("product"));
    for (auto& table : root.tables("collector")) parse_collector(table);
    for (auto& table : root.tables("channel")) parse_channel(table);
    for (auto& table : parts_) check_part(table);
    for (auto& table : root.tables("insight")) parse_insight(table);
    if (contract_.channels.empty())
      root.reject("channel", "a contract has at least one [[channel]].");
    return std::move(contract_);
  }

 private:
  void parse_product(TomlTable table) {
    contract_.product = table.required_text("name");
    if (contract_.product.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") !=
        std::string::npos) {
      table.reject("name", "a product's name has only a-z, 0-9 and '-': it stands in addresses.");
    }
    contract_.title = table.text("title", contract_.product);
    contract_.about = table.text("about");
    contract_.contact = table.required_text("contact");
    contract_.consent = static_cast<ConsentKind>(table.choice("consent", kConsents, 0));
    contract_.visibility = static_cast<Visibility>(table.choice("visibility", kVisibilities, 0));
    contract_.endpoint = table.text("endpoint");
    contract_.device_endpoint = table.text("device_endpoint");
    contract_.accepts = table.texts("accepts");
    for (const auto& protocol : contract_.accepts) {
      if (std::ranges::find(kProtocols, protocol) == kProtocols.end()) {
        table.reject("accepts", fmt::format("\"{}\" is no protocol Candor speaks.", protocol));
      }
    }
    parse_retention(table);
    if (!table.has("licence")) return;
    auto licence = table.table("licence");
    contract_.licence = Licence{licence.required_text("id"), licence.required_text("name"),
                                licence.required_text("url")};
  }

  void parse_retention(TomlTable& table) {
    const auto text = table.text("retention", "400d");
    const auto days = text.ends_with('d')
                          ? parse_unsigned<int>(std::string_view(text).substr(0, text.size() - 1))
                          : std::nullopt;
    if (!days || *days == 0) table.reject("retention", "retention is a number of days: \"400d\".");
    contract_.retention_days = days.value_or(0);
  }

  void parse_collector(TomlTable& table) {
    DeclaredCollector collector;
    collector.place = table.place();
    collector.kind = static_cast<CollectorKind>(table.choice("kind", kCollectors, 0));
    if (!table.has("kind")) table.reject("kind", "kind is missing: what is asked?");
    if (contract_.collectors.size() == kMaxCollectors)
      table.reject("kind", fmt::format("a contract has at most {} collectors.", kMaxCollectors));
    if (collector.kind == CollectorKind::kExec) {
      parse_command(table, collector);
    } else if (contract_.collects(collector.kind)) {
      table.reject("kind",
                   fmt::format("collector \"{}\" is declared twice.", name_of(collector.kind)));
    }
    contract_.collectors.push_back(std::move(collector));
  }

  static void parse_command(TomlTable& table, DeclaredCollector& collector) {
    collector.command = table.texts("command");
    if (collector.command.empty() || !collector.command.front().starts_with('/')) {
      table.reject("command",
                   "command is the absolute path of a program, and its arguments: "
                   "[\"/usr/lib/acme/figures\", \"--json\"].");
    }
    collector.under = table.text("under");
    const auto seconds = table.integer("timeout").value_or(kDefaultExecSeconds);
    if (seconds < 1 || seconds > kMaxExecSeconds) {
      table.reject("timeout", fmt::format("timeout is 1 to {} seconds.", kMaxExecSeconds));
    }
    collector.timeout = std::chrono::seconds(seconds);
    const auto bytes = table.integer("max_output").value_or(kDefaultExecOutputBytes);
    if (bytes < 1 || bytes > kMaxExecOutputBytes) {
      table.reject("max_output", fmt::format("max_output is 1 to {} bytes.", kMaxExecOutputBytes));
    }
    collector.max_output = static_cast<std::size_t>(std::max<std::int64_t>(bytes, 0));
  }

  void parse_channel(TomlTable& table) {
    Channel channel{table.required_text("name"), table.required_text("about"),
                    table.boolean("default", false), table.text("confirmation")};
    if (contract_.channel(channel.name) != nullptr) {
      table.reject("name", fmt::format("channel \"{}\" is declared twice.", channel.name));
    }
    Defaults defaults;
    defaults.purpose = table.choice("purpose", kPurposes, 0);
    defaults.privacy = table.choice("class", kClasses, 0);
    defaults.owner = table.text("owner");
    defaults.expires = table.text("expires");
    contract_.channels.push_back(std::move(channel));
    for (auto& field : table.tables("fields")) parse_field(field, defaults);
    for (auto& event : table.tables("event")) parse_event(event, defaults);
    for (auto& metric : table.tables("metric")) parse_metric(metric, defaults);
  }

  void parse_event(TomlTable& table, Defaults defaults) {
    DeclaredEvent event;
    event.place = table.place();
    event.channel = contract_.channels.size() - 1;
    event.name = table.required_text("name");
    event.about = table.required_text("about");
    event.installation = table.text("installation");
    event.report = table.text("report");
    if (!event.report.empty()) parts_.push_back(table);
    if (event.name.size() > kMaxEventNameBytes)
      table.reject("name",
                   fmt::format("an event's name has at most {} bytes.", kMaxEventNameBytes));
    if (contract_.event(event.name) != nullptr)
      table.reject("name", fmt::format("event \"{}\" is declared twice.", event.name));
    if (contract_.events.size() == kMaxEvents)
      table.reject("name", fmt::format("a contract has at most {} events.", kMaxEvents));
    defaults.purpose = table.choice("purpose", kPurposes, defaults.purpose);
    defaults.privacy = table.choice("class", kClasses, defaults.privacy);
    defaults.owner = table.text("owner", defaults.owner);
    defaults.expires = table.text("expires", defaults.expires);
    contract_.events.push_back(std::move(event));
    event_ = contract_.events.size() - 1;
    for (auto& field : table.tables("fields")) parse_field(field, defaults);
    if (table.boolean("run", false)) add_run_fields(table, defaults);
    check_installation(table, contract_.events.back());
    contract_.events.back().automation = parse_automation(table, contract_, *event_);
    if (table.has("health"))
      contract_.events.back().health = parse_health(table.table("health"), contract_, *event_);
    contract_.events.back().survey = read_survey(table, contract_, contract_.events.back());
    event_.reset();
  }

  void add_run_fields(TomlTable& table, const Defaults& defaults) {
    contract_.events[*event_].is_run = true;
    Field field;
    field.place = table.place();
    field.channel = contract_.channels.size() - 1;
    field.event = event_;
    field.purpose = static_cast<Purpose>(defaults.purpose);
    field.owner = defaults.owner;
    field.expires = parse_expiry(table, defaults);
    field.path = kRunId;
    field.max_length = 36;
    field.about = "Random number of the run: its beginning and its end have the same.";
    add_field(table, field);
    field.path = kRunState;
    field.max_length = kDefaultMaxLength;
    field.values = {kRunStates.begin(), kRunStates.end()};
    field.about = "That it began, or how it ended; lost is one whose program ended without a word.";
    add_field(table, field);
    field.path = kRunDuration;
    field.type = FieldType::kInteger;
    field.values = {};
    field.min = 0;
    field.about = "How long it took, milliseconds.";
    add_field(table, field);
    field.path = kRunAutomation;
    field.type = FieldType::kBoolean;
    field.min = {};
    field.about = "Whether it ran in continuous integration.";
    add_field(table, field);
  }

  void parse_metric(TomlTable& table, const Defaults& defaults) {
    DeclaredMetric metric;
    metric.place = table.place();
    metric.channel = contract_.channels.size() - 1;
    metric.name = table.required_text("name");
    metric.about = table.required_text("about");
    metric.type = static_cast<MetricType>(table.choice("type", kMetricTypes, 1));
    if (!table.has("type")) table.reject("type", fmt::format("{} has no type.", metric.name));
    metric.labels = table.texts("labels");
    metric.keyed = table.texts("keyed");
    metric.installation = table.text("installation");
    metric.purpose = static_cast<Purpose>(table.choice("purpose", kPurposes, defaults.purpose));
    metric.owner = table.text("owner", defaults.owner);
    metric.expires = parse_expiry(table, defaults);
    if (metric.name.size() > kMaxMetricNameBytes)
      table.reject("name",
                   fmt::format("a metric's name has at most {} bytes.", kMaxMetricNameBytes));
    if (contract_.metrics.size() == kMaxMetrics)
      table.reject("name", fmt::format("a contract has at most {} metrics.", kMaxMetrics));
    if (!contract_.metrics_by_name.emplace(metric.name, contract_.metrics.size()).second)
      table.reject("name", fmt::format("metric \"{}\" is declared twice.", metric.name));
    check_labels(table, metric);
    contract_.metrics.push_back(std::move(metric));
  }

  static void check_labels(TomlTable& table, const DeclaredMetric& metric) {
    std::set<std::string_view> names;
    for (const auto* list : {&metric.labels, &metric.keyed}) {
      for (const auto& name : *list) {
        if (name.empty() || name.starts_with("__") || name.size() > kMaxMetricNameBytes)
          table.reject("labels", fmt::format("\"{}\" is no name of a label.", name));
        if (!names.insert(name).second)
          table.reject("labels", fmt::format("label \"{}\" stands there twice.", name));
      }
    }
    if (names.size() > kMaxMetricLabels)
      table.reject("labels", fmt::format("a metric has at most {} labels.", kMaxMetricLabels));
    if (!metric.installation.empty() && !names.contains(metric.installation))
      table.reject("installation",
                   fmt::format("\"{}\" is none of the metric's labels.", metric.installation));
  }

  // The report's fields may stand in a later channel than the event.
  void check_part(TomlTable& table) const {
    const auto member = table.text("report");
    if (contract_.schema.root().member(member) == nullptr)
      table.reject("report", fmt::format("no field of reports begins with \"{}.\"", member));
    if (table.text("installation").empty())
      table.reject("report", "an event that stands for a part of a report has an installation.");
  }

  void check_installation(TomlTable& table, const DeclaredEvent& event) const {
    if (!event.installation.empty() && field_at(contract_, event, event.installation) == nullptr)
      table.reject("installation",
                   fmt::format("no field \"{}\" of this event is declared.", event.installation));
  }

  void parse_field(TomlTable& table, const Defaults& defaults) {
    Field field;
    field.place = table.place();
    field.channel = contract_.channels.size() - 1;
    field.event = event_;
    field.path = table.required_text("path");
    field.type = static_cast<FieldType>(table.choice("type", kTypes, 3));
    if (!table.has("type")) table.reject("type", fmt::format("{} has no type.", field.path));
    field.privacy = static_cast<PrivacyClass>(table.choice("class", kClasses, defaults.privacy));
    field.hash = static_cast<HashKind>(table.choice("hash", kHashes, 0));
    field.kind = static_cast<FieldKind>(table.choice("kind", kKinds, 0));
    field.bounds = table.texts("bounds");
    field.purpose = static_cast<Purpose>(table.choice("purpose", kPurposes, defaults.purpose));
    field.about = table.required_text("about");
    field.owner = table.text("owner", defaults.owner);
    field.min = table.number("min");
    field.max = table.number("max");
    field.values = table.texts("values");
    const auto max_length =
        table.integer("max_length").value_or(static_cast<std::int64_t>(kDefaultMaxLength));
    if (max_length < 1) table.reject("max_length", "max_length is a number of bytes, at least 1.");
    field.max_length = static_cast<std::size_t>(std::max<std::int64_t>(max_length, 0));
    field.expires = parse_expiry(table, defaults);
    field.lookup = table.boolean("lookup", false);
    check_field(table, field);
    add_field(table, std::move(field));
  }

  static std::optional<std::int64_t> parse_expiry(TomlTable& table, const Defaults& defaults) {
    const auto text = table.text("expires", defaults.expires);
    if (text.empty()) return std::nullopt;
    const auto day = parse_day(text);
    if (!day) table.reject("expires", "expires is a day: \"2028-01-01\".");
    return day ? std::optional(day_of(*day)) : std::nullopt;
  }

  void add_field(TomlTable& table, Field field) {
    const auto path = parse_path(field.path);
    auto& schema = event_ ? contract_.events[*event_].schema : contract_.schema;
    const auto added =
        path.ok() ? schema.add(*path, contract_.fields.size()) : Status(path.error());
    if (!added.ok()) table.reject("path", fmt::format("{}: {}", field.path, added.error().message));
    if (!event_ && path.ok() && path->front().kind == PathStep::Kind::kKey &&
        path->front().key == "candor") {
      table.reject("path", "\"candor\" is the name of a report's own header.");
    }
    if (contract_.fields.size() == kMaxFields) {
      table.reject("path", fmt::format("a contract has at most {} fields.", kMaxFields));
    }
    if (event_) field.path = path_in_event(contract_.events[*event_].name, field.path);
    contract_.fields.push_back(std::move(field));
  }

  void parse_insight(TomlTable& table) {
    Insight insight;
    insight.place = table.place();
    insight.name = table.required_text("name");
    insight.title = table.text("title", insight.name);
    insight.about = table.required_text("about");
    insight.paths = table.texts("path");
    insight.event = table.text("event");
    insight.by = table.text("by");
    insight.aggregate = static_cast<Aggregate>(table.choice("aggregate", kAggregates, 0));
    insight.unit = static_cast<Unit>(table.choice("unit", kUnits, 0));
    insight.extract = table.text("extract");
    insight.known = table.texts("known");
    if (contract_.insight(insight.name) != nullptr) {
      table.reject("name", fmt::format("insight \"{}\" is declared twice.", insight.name));
    }
    if (insight.paths.empty())
      table.reject("path", "path is missing: which field does this figure show?");
    check_insight_source(table, insight);
    if (insight.extract.size() > kMaxExtractBytes) {
      table.reject("extract", fmt::format("extract has at most {} bytes.", kMaxExtractBytes));
      insight.extract.clear();
    }
    try {
      const std::regex compiles(insight.extract, std::regex::ECMAScript);
    } catch (const std::regex_error&) {
      table.reject("extract", "extract is no regular expression.");
    }
    contract_.insights.push_back(std::move(insight));
  }

  void check_insight_source(TomlTable& table, const Insight& insight) {
    const auto* event = contract_.event(insight.event);
    if (!insight.event.empty() && event == nullptr) {
      table.reject("event", fmt::format("no event \"{}\" is declared.", insight.event));
      return;
    }
    const bool of_map =
        insight.aggregate == Aggregate::kMajority || insight.aggregate == Aggregate::kValue;
    if (event == nullptr ? insight.aggregate == Aggregate::kRating : of_map) {
      table.reject("aggregate", fmt::format("{} is not computed of {}.", name_of(insight.aggregate),
                                            event == nullptr ? "reports" : "events"));
    }
    if (event == nullptr && !insight.by.empty()) table.reject("by", "by is for figures of events.");
    const auto& schema = event == nullptr ? contract_.schema : event->schema;
    for (const auto& path : insight.paths) check_insight_path(table, insight, schema, path);
    if (event != nullptr && !insight.by.empty())
      check_insight_path(table, insight, schema, insight.by);
  }

  void check_insight_path(TomlTable& table, const Insight& insight, const Schema& schema,
                          const std::string& path) const {
    const auto steps = parse_path(path);
    const auto* node = steps.ok() ? schema.find(*steps) : nullptr;
    const bool fits =
        node != nullptr &&
        (insight.aggregate == Aggregate::kMajority ? node->is_object() : node->field.has_value());
    if (!fits) {
      table.reject("path", fmt::format("no field \"{}\" is declared that {} can be computed of.",
                                       path, name_of(insight.aggregate)));
    }
    if (node != nullptr && node->field && contract_.fields[*node->field].lookup) {
      table.reject("path",
                   fmt::format("\"{}\" is for support alone (lookup): no figure shows it.", path));
    }
  }

  TomlFile& file_;
  Contract contract_;
  std::vector<TomlTable> parts_;      // events that stand for a part of a report
  std::optional<std::size_t> event_;  // whose fields are read; nothing: a report's
};

}  // namespace

Result<Contract> parse_contract(std::string_view text, std::string file) {
  CANDOR_ASSIGN(toml, TomlFile::parse(text, file));
  Contract contract = Parser(toml).parse();
  CANDOR_TRY(toml.finish());
  contract.file = std::move(file);
  contract.text = std::string(text);
  contract.hash = sha256_hex(text);
  contract.consent_hash = consent_hash_of(contract);
  return contract;
}

Result<Contract> read_contract(const Path& file) {
  CANDOR_ASSIGN(text, read_file(file, kMaxContractBytes));
  return parse_contract(text, file.string());
}

}  // namespace candor
