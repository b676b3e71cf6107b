#include "contract/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "base/clock.h"
#include "contract/check.h"
#include "contract/health_rules.h"

namespace candor {
namespace {

// Last parts of paths under which people's own words and machines' names are usually found.
constexpr std::array kTelling = {
    "name", "host",          "hostname", "user", "username", "email", "address", "ip",    "serial",
    "path", "serial_number", "fqdn",     "mac",  "domain",   "url",   "login",   "label", "title"};

// Labels that monitoring gives to every series, and by which machines are found.
constexpr std::array<std::string_view, 6> kMachines = {"instance", "node",    "pod",
                                                       "nodename", "machine", "container"};

constexpr std::array<std::string_view, 3> kLoopback = {"http://127.0.0.1", "http://localhost",
                                                       "http://[::1]"};

bool sounds_telling(std::string_view path) {
  const auto last = path.substr(path.find_last_of('.') + 1);
  return std::ranges::find(kTelling, last) != kTelling.end();
}

class Linter {
 public:
  Linter(const Contract& contract, std::int64_t today) : contract_(contract), today_(today) {}

  std::vector<Finding> run() {
    check_product();
    for (const auto& field : contract_.fields) check_field(field);
    for (const auto& event : contract_.events) check_event(event);
    for (const auto& metric : contract_.metrics) check_metric(metric);
    for (const auto& insight : contract_.insights) check_insight(insight);
    for (std::size_t i = 0; i < contract_.channels.size(); ++i) check_channel(i);
    std::ranges::stable_sort(
        findings_, {}, [](const Finding& f) { return std::tuple(f.place.line, f.place.column); });
    return std::move(findings_);
  }

 private:
  void error(TomlPlace place, std::string message) {
    findings_.push_back({Severity::kError, place, std::move(message)});
  }
  void warning(TomlPlace place, std::string message) {
    findings_.push_back({Severity::kWarning, place, std::move(message)});
  }

  void check_product() {
    const TomlPlace top{1, 1};
    const auto& endpoint = contract_.endpoint;
    const bool loopback = std::ranges::any_of(kLoopback, [&](std::string_view host) {
      // Whole hosts: http://localhost.example.com is another machine.
      return endpoint.starts_with(host) &&
             (endpoint.size() == host.size() || endpoint[host.size()] == ':' ||
              endpoint[host.size()] == '/');
    });
    if (!endpoint.empty() && !endpoint.starts_with("https://") && !loopback) {
      error(top, fmt::format("endpoint \"{}\" is not https: reports must not travel in the open.",
                             endpoint));
    }
    if (contract_.licence && !contract_.licence->url.starts_with("https://")) {
      error(top, "the licence's url is not https: an operator must be able to read it safely.");
    }
    if (contract_.accepts.empty())
      error(top, "accepts is empty: no client could send a report of this product.");
    if (contract_.about.empty())
      warning(top, "the product has no about: say in a sentence what is collected and why.");
    if (contract_.fields.empty()) error(top, "the contract declares no field.");
  }

  void check_channel(std::size_t channel) {
    const auto has_field = [&](const Field& field) { return field.channel == channel; };
    if (std::ranges::any_of(contract_.fields, has_field)) return;
    const auto has_event = [&](const DeclaredEvent& event) { return event.channel == channel; };
    if (std::ranges::any_of(contract_.events, has_event)) return;
    const auto has_metric = [&](const DeclaredMetric& metric) { return metric.channel == channel; };
    if (std::ranges::any_of(contract_.metrics, has_metric)) return;
    warning({1, 1}, fmt::format("channel \"{}\" has no fields.", contract_.channels[channel].name));
  }

  // What goes by a field goes by another way once the field is gone, and nobody is told.
  void check_event(const DeclaredEvent& event) {
    for (const auto& [key, path] :
         {std::pair("installation", &event.installation), {"automation", &event.automation}}) {
      const auto* field = path->empty() ? nullptr : field_at(contract_, event, *path);
      if (field == nullptr || !field->expires) continue;
      warning(event.place, fmt::format("{}: its {} is told by \"{}\", which expires on {}.",
                                       event.name, key, *path, format_day(*field->expires)));
    }
  }

  void check_field(const Field& field) {
    if (field.owner.empty()) {
      error(field.place,
            fmt::format("{} has no owner: who answers for it? Set owner here or for the channel.",
                        field.path));
    }
    if (is_expired(field, today_)) {
      error(field.place,
            fmt::format(
                "{} expired on {}: remove it, or say why it is still needed with a later day.",
                field.path, format_day(*field.expires)));
    }
    // Events come from clients that make such hashes themselves.
    if (field.privacy == PrivacyClass::kHashed && !field.event) {
      warning(field.place,
              fmt::format(
                  "{} is hashed without a key, and such a hash of a guessable text can be undone "
                  "with a dictionary: use class = \"keyed\" unless another client makes the hash.",
                  field.path));
    }
    if (field.privacy == PrivacyClass::kClear && field.type == FieldType::kString &&
        field.values.empty() && sounds_telling(field.path)) {
      warning(field.place,
              fmt::format(
                  "{} may hold what a user typed or a machine is called: use class = \"keyed\", "
                  "or list its values.",
                  field.path));
    }
  }

  void check_metric(const DeclaredMetric& metric) {
    if (metric.owner.empty()) {
      error(metric.place,
            fmt::format("{} has no owner: who answers for it? Set owner here or for the channel.",
                        metric.name));
    }
    if (is_expired(metric, today_)) {
      error(metric.place,
            fmt::format(
                "{} expired on {}: remove it, or say why it is still needed with a later day.",
                metric.name, format_day(*metric.expires)));
    }
    for (const auto& label : metric.labels) {
      if (!sounds_telling(label) && std::ranges::find(kMachines, label) == kMachines.end())
        continue;
      warning(metric.place, fmt::format("{} may say which machine or person it is: list it under "
                                        "keyed, or leave it out.",
                                        label_path(metric.name, label)));
    }
  }

  void check_insight(const Insight& insight) {
    const auto* event = contract_.event(insight.event);
    auto shown = insight.paths;
    if (!insight.by.empty()) shown.push_back(insight.by);
    for (const auto& path : shown) {
      const auto full = event == nullptr ? path : path_in_event(event->name, path);
      const auto found = std::ranges::find(contract_.fields, full, &Field::path);
      if (found == contract_.fields.end()) continue;  // a map, whose keys are counted
      if (found->privacy != PrivacyClass::kClear) {
        error(insight.place, fmt::format("insight \"{}\" shows {}, which is {}.", insight.name,
                                         path, name_of(found->privacy)));
      }
      const bool numeric = found->type == FieldType::kInteger || found->type == FieldType::kNumber;
      const bool adds =
          insight.aggregate == Aggregate::kSum || insight.aggregate == Aggregate::kRating;
      if (adds && !numeric && path != insight.by) {
        error(insight.place,
              fmt::format("insight \"{}\" adds up {}, which is no number.", insight.name, path));
      }
    }
    if (insight.about.find(' ') == std::string::npos) {
      warning(insight.place,
              fmt::format("insight \"{}\": say in a sentence what it counts.", insight.name));
    }
  }

  const Contract& contract_;
  std::int64_t today_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> lint(const Contract& contract, std::int64_t today) {
  return Linter(contract, today).run();
}

std::string to_text(const Finding& finding, const Contract& contract) {
  return fmt::format("{}:{}:{}: {}: {}", contract.file, finding.place.line, finding.place.column,
                     finding.severity == Severity::kError ? "error" : "warning", finding.message);
}

}  // namespace candor
