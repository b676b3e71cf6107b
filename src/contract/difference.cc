#include "contract/difference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <utility>

#include "contract/check.h"

namespace candor {
namespace {

// What a contract shares, as it would stand in a change.
struct Shared {
  FieldChange what;
  NamesBesideStars beside{};  // of a field
  std::string of{};           // of a label: its metric
};

Shared shared(const Contract& contract, const Field& field) {
  return {{FieldChange::Kind::kNew, field.path, contract.channels[field.channel].name,
           std::string(name_of(field.type)), class_text(field), std::string(name_of(field.purpose)),
           field.about, field.owner},
          names_beside_stars(contract, field)};
}

// A new metric is told with all its labels.
std::string about_of(const DeclaredMetric& metric) {
  auto about = metric.about;
  if (!metric.labels.empty()) about += fmt::format(" Labels: {}.", fmt::join(metric.labels, ", "));
  if (!metric.keyed.empty()) about += fmt::format(" As hashes: {}.", fmt::join(metric.keyed, ", "));
  return about;
}

void add(const Contract& contract, const DeclaredMetric& metric, std::vector<Shared>& all) {
  const auto& channel = contract.channels[metric.channel].name;
  const std::string purpose(name_of(metric.purpose));
  all.push_back(
      {{FieldChange::Kind::kNew, metric.name, channel,
        fmt::format("metric {}", name_of(metric.type)), std::string(name_of(PrivacyClass::kClear)),
        purpose, about_of(metric), metric.owner}});
  const auto add_labels = [&](const std::vector<std::string>& labels, PrivacyClass privacy) {
    for (const auto& label : labels) {
      all.push_back({{FieldChange::Kind::kNew, label_path(metric.name, label), channel,
                      std::string(label_type(metric, label)), std::string(name_of(privacy)),
                      purpose, metric.about, metric.owner},
                     {},
                     metric.name});
    }
  };
  add_labels(metric.labels, PrivacyClass::kClear);
  add_labels(metric.keyed, PrivacyClass::kKeyed);
}

std::vector<Shared> all_shared(const Contract& contract) {
  std::vector<Shared> all;
  for (const auto& field : contract.fields) {
    if (field.privacy != PrivacyClass::kNever) all.push_back(shared(contract, field));
  }
  for (const auto& metric : contract.metrics) add(contract, metric, all);
  return all;
}

// A field and a metric may have one name.
class SharedByPath {
 public:
  explicit SharedByPath(const std::vector<Shared>& all) {
    for (const auto& one : all) places_.emplace(key_of(one), &one);
  }
  const Shared* find(const Shared& one) const {
    const auto found = places_.find(key_of(one));
    return found == places_.end() ? nullptr : found->second;
  }
  bool has_metric(const std::string& name) const { return places_.contains({true, name}); }

 private:
  using Key = std::pair<bool, std::string>;
  static Key key_of(const Shared& one) {
    return {!one.of.empty() || one.what.type.starts_with("metric "), one.what.path};
  }
  std::map<Key, const Shared*> places_;
};

std::vector<std::string> changes_between(const Shared& was, const Shared& is) {
  std::vector<std::string> changes;
  const auto look = [&](std::string_view what, std::string_view before, std::string_view now) {
    if (before != now) changes.push_back(fmt::format("{} was {}, is {}", what, before, now));
  };
  look("channel", was.what.channel, is.what.channel);
  look("type", was.what.type, is.what.type);
  look("class", was.what.privacy, is.what.privacy);
  look("purpose", was.what.purpose, is.what.purpose);
  for (const auto& name : newly_taken(was.beside, is.beside))
    changes.push_back(fmt::format("takes {} too, which was declared apart", name));
  return changes;
}

}  // namespace

std::vector<FieldChange> compare(const Contract& older, const Contract& newer) {
  const auto before = all_shared(older), now = all_shared(newer);
  const SharedByPath were(before), are(now);
  std::vector<FieldChange> found;
  for (const auto& is : now) {
    const auto* was = were.find(is);
    auto change = is.what;
    if (was != nullptr) {
      change.kind = FieldChange::Kind::kChanged;
      change.changes = changes_between(*was, is);
      if (change.changes.empty()) continue;
    } else if (!is.of.empty() && !were.has_metric(is.of)) {
      continue;
    }
    found.push_back(std::move(change));
  }
  for (const auto& was : before) {
    const bool goes_along = !was.of.empty() && !are.has_metric(was.of);
    if (are.find(was) != nullptr || goes_along) continue;
    found.push_back(was.what);
    found.back().kind = FieldChange::Kind::kGone;
  }
  return found;
}

std::string_view name_of(FieldChange::Kind kind) {
  switch (kind) {
    case FieldChange::Kind::kNew:
      return "new";
    case FieldChange::Kind::kChanged:
      return "changed";
    case FieldChange::Kind::kGone:
      break;
  }
  return "gone";
}

}  // namespace candor
