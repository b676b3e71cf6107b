#include "simulate/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "base/build_version.h"
#include "base/digest.h"
#include "contract/check.h"
#include "simulate/amounts.h"
#include "simulate/limits.h"

namespace candor {
namespace {

// Removes what is not declared below the node; whether anything is left of the value.
class Filter {
 public:
  Filter(const Contract& contract, std::int64_t day)
      : contract_(contract), day_(day), seen_(contract.channels.size()) {}

  bool keep(const Schema::Node* node, Json& value) {
    if (node == nullptr) return false;
    if (value.is_object()) return keep_members(*node, value);
    if (value.is_array()) return keep_elements(*node, value);
    if (!node->field) return false;
    const auto& field = contract_.fields[*node->field];
    if (field.privacy == PrivacyClass::kNever || !contract_.channels[field.channel].on_by_default)
      return false;
    if (is_expired(field, day_)) return false;
    seen_[field.channel] = true;
    return true;
  }

  std::vector<std::string> channels() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i]) names.push_back(contract_.channels[i].name);
    }
    return names;
  }

 private:
  bool keep_members(const Schema::Node& node, Json& object) {
    if (!node.is_object()) return false;
    for (auto member = object.begin(); member != object.end();) {
      if (keep(node.member(member.key()), member.value())) {
        ++member;
      } else {
        member = object.erase(member);
      }
    }
    return true;
  }

  bool keep_elements(const Schema::Node& node, Json& list) {
    if (!node.is_list()) return false;
    for (auto element = list.begin(); element != list.end();) {
      element = keep(node.element.get(), *element) ? element + 1 : list.erase(element);
    }
    return true;
  }

  const Contract& contract_;
  std::int64_t day_;
  std::vector<bool> seen_;
};

}  // namespace

std::vector<std::string> keep_declared(const Contract& contract, std::int64_t day, Json& report) {
  Filter filter(contract, day);
  filter.keep(&contract.schema.root(), report);
  return filter.channels();
}

Result<Fleet> Fleet::make(const Contract& contract, const FleetOptions& options) {
  CANDOR_TRY(check_amount("The number of installations", options.installations,
                          kMaxSimulatedInstallations));
  CANDOR_TRY(check_days(options.days, options.until));
  return Fleet(contract, options);
}

Fleet::Fleet(const Contract& contract, const FleetOptions& options)
    : contract_(&contract),
      options_(options),
      key_{options.seed, key_of(contract.product)},
      model_(make_model(contract)) {}

std::vector<PlannedReport> Fleet::plan(std::int64_t day) const {
  std::vector<PlannedReport> planned;
  planned.reserve(options_.installations);
  for (std::uint32_t place = 0; place < options_.installations; ++place) {
    const auto life = life_at(key_, place, day);
    const auto at = life ? report_time(key_, *life, day) : std::nullopt;
    if (at) planned.push_back({*at, place});
  }
  std::ranges::sort(
      planned, {}, [](const PlannedReport& report) { return std::tuple(report.at, report.place); });
  return planned;
}

std::uint64_t Fleet::count() const {
  std::uint64_t count = 0;
  for (auto day = first_day(); day < options_.until; ++day) {
    for (std::uint32_t place = 0; place < options_.installations; ++place) {
      const auto life = life_at(key_, place, day);
      if (life && report_time(key_, *life, day)) ++count;
    }
  }
  return count;
}

SimulatedReport Fleet::make_report(const PlannedReport& planned) const {
  const auto day = day_of(planned.at);
  const auto life = *life_at(key_, planned.place, day);
  auto observed = model_->observe(key_, life, day);
  auto channels = keep_declared(*contract_, day, observed);
  auto identity = life.dice(key_, kAspectIdentity);

  SimulatedReport report;
  report.installation = identity.uuid();
  Json header = {{"format", 1},
                 {"product", contract_->product},
                 {"contract", contract_->hash},
                 {"installation", report.installation},
                 {"sealed_at", format_rfc3339(planned.at)},
                 {"channels", std::move(channels)}};
  if (contract_->licence) header["licence"] = contract_->licence->id;
  header["agent"] = fmt::format("candor {}", build_package());
  header["automation"] = false;
  header["simulated"] = true;
  header["deletion"] = sha256_hex(identity.hex(32));
  Json document = Json::object();
  document["candor"] = std::move(header);
  for (auto& [key, value] : observed.items()) document[key] = std::move(value);
  report.body = to_pretty(document);
  report.sha256 = sha256_hex(report.body);
  return report;
}

}  // namespace candor
