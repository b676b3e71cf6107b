#include "contract/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "base/clock.h"
#include "base/digest.h"

namespace candor {
namespace {

// The value as a number; nothing when it is none, or no whole one where the field wants that.
std::optional<double> number_of(const Scalar& value, FieldType type) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return static_cast<double>(*i);
  if (const auto* u = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*u);
  const auto* d = std::get_if<double>(&value);
  if (d == nullptr || !std::isfinite(*d)) return std::nullopt;
  // Some clients write whole numbers as 3.0.
  if (type == FieldType::kInteger && std::trunc(*d) != *d) return std::nullopt;
  return *d;
}

std::optional<Problem> check_number(const Field& field, const Scalar& value) {
  const auto number = number_of(value, field.type);
  if (!number) return Problem::kWrongType;
  if (field.min && *number < *field.min) return Problem::kTooSmall;
  if (field.max && *number > *field.max) return Problem::kTooLarge;
  return std::nullopt;
}

bool is_hash(std::string_view text, std::size_t digits) {
  return text.size() == digits && is_hex(text);
}

std::optional<Problem> check_string(const Field& field, std::string_view text) {
  switch (field.privacy) {
    case PrivacyClass::kKeyed:
      return is_hash(text, 64) ? std::nullopt : std::optional(Problem::kNotHashed);
    case PrivacyClass::kHashed:
      return is_hash(text, field.hash == HashKind::kMd5 ? 32 : 64)
                 ? std::nullopt
                 : std::optional(Problem::kNotHashed);
    case PrivacyClass::kClear:
    case PrivacyClass::kNever:
      break;
  }
  if (!field.values.empty()) {
    return std::ranges::find(field.values, text) != field.values.end()
               ? std::nullopt
               : std::optional(Problem::kNotAllowed);
  }
  return text.size() <= field.max_length ? std::nullopt : std::optional(Problem::kTooLong);
}

}  // namespace

std::optional<Problem> check(const Field& field, const Scalar& value) {
  if (field.privacy == PrivacyClass::kNever) return Problem::kNever;
  if (std::holds_alternative<std::nullptr_t>(value)) return std::nullopt;
  switch (field.type) {
    case FieldType::kBoolean:
      return std::holds_alternative<bool>(value) ? std::nullopt
                                                 : std::optional(Problem::kWrongType);
    case FieldType::kInteger:
    case FieldType::kNumber:
      return check_number(field, value);
    case FieldType::kString:
    case FieldType::kTimestamp:
      break;
  }
  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return Problem::kWrongType;
  if (field.type == FieldType::kString) return check_string(field, *text);
  return parse_rfc3339(*text) ? std::nullopt : std::optional(Problem::kWrongType);
}

bool is_expired(const Field& field, std::int64_t day) {
  return field.expires && day >= *field.expires;
}

bool is_expired(const DeclaredMetric& metric, std::int64_t day) {
  return metric.expires && day >= *metric.expires;
}

std::string class_text(const Field& field) {
  if (field.privacy != PrivacyClass::kHashed) return std::string(name_of(field.privacy));
  return fmt::format("{} {}", name_of(field.privacy), name_of(field.hash));
}

std::string consent_line(const Contract& contract, const Field& field) {
  return fmt::format("{}\t{}\t{}\t{}\t{}", contract.channels[field.channel].name, field.path,
                     name_of(field.type), class_text(field), name_of(field.purpose));
}

std::string_view label_type(const DeclaredMetric& metric, std::string_view label) {
  return label == metric.installation ? "installation" : "label";
}

std::vector<std::string> consent_lines(const Contract& contract, const DeclaredMetric& metric) {
  const auto line = [&](std::string_view path, std::string_view type, PrivacyClass privacy) {
    return fmt::format("{}\t{}\t{}\t{}\t{}\n", contract.channels[metric.channel].name, path, type,
                       name_of(privacy), name_of(metric.purpose));
  };
  std::vector<std::string> lines = {
      line(metric.name, fmt::format("metric {}", name_of(metric.type)), PrivacyClass::kClear)};
  const auto add = [&](const std::string& label, PrivacyClass privacy) {
    lines.push_back(line(label_path(metric.name, label), label_type(metric, label), privacy));
  };
  for (const auto& label : metric.labels) add(label, PrivacyClass::kClear);
  for (const auto& label : metric.keyed) add(label, PrivacyClass::kKeyed);
  return lines;
}

NamesBesideStars names_beside_stars(const Contract& contract, const Field& field) {
  NamesBesideStars beside;
  if (field.path.find('*') == std::string::npos) return beside;
  const auto* event = field.event ? &contract.events[*field.event] : nullptr;
  const auto inner = event == nullptr ? 0 : path_in_event(event->name, "").size();
  const auto path = parse_path(std::string_view(field.path).substr(inner));
  const auto* node = event == nullptr ? &contract.schema.root() : &event->schema.root();
  for (std::size_t i = 0; path.ok() && i < path->size() && node != nullptr; ++i) {
    const auto& step = (*path)[i];
    if (step.kind == PathStep::Kind::kElement) {
      node = node->element.get();
    } else if (step.kind == PathStep::Kind::kKey) {
      const auto found = node->members.find(step.key);
      node = found == node->members.end() ? nullptr : found->second.get();
    } else {
      auto& names = beside.emplace_back();
      for (const auto& [name, member] : node->members) names.insert(name);
      node = node->any_member.get();
    }
  }
  return beside;
}

std::vector<std::string> newly_taken(const NamesBesideStars& older, const NamesBesideStars& newer) {
  std::vector<std::string> taken;
  for (std::size_t i = 0; i < std::min(older.size(), newer.size()); ++i)
    std::ranges::set_difference(older[i], newer[i], std::back_inserter(taken));
  return taken;
}

std::string_view name_of(Problem problem) {
  switch (problem) {
    case Problem::kUndeclared:
      return "undeclared";
    case Problem::kNever:
      return "never";
    case Problem::kWrongType:
      return "wrong_type";
    case Problem::kTooSmall:
      return "too_small";
    case Problem::kTooLarge:
      return "too_large";
    case Problem::kTooLong:
      return "too_long";
    case Problem::kNotAllowed:
      return "not_allowed";
    case Problem::kNotHashed:
      return "not_hashed";
    case Problem::kExpired:
      return "expired";
    case Problem::kDuplicateKey:
      return "duplicate_key";
    case Problem::kHashedHere:
      return "hashed_here";
  }
  return "";
}

std::string consent_hash_of(const Contract& contract) {
  std::vector<std::string> lines;
  for (const auto& field : contract.fields) {
    lines.push_back(consent_line(contract, field) + "\n");
  }
  for (const auto& event : contract.events)
    lines.push_back(
        fmt::format("{}\t{}\tevent\n", contract.channels[event.channel].name, event.name));
  for (const auto& metric : contract.metrics)
    std::ranges::copy(consent_lines(contract, metric), std::back_inserter(lines));
  std::ranges::sort(lines);
  std::string text = fmt::format("licence\t{}\n", contract.licence ? contract.licence->id : "");
  for (const auto& line : lines) text += line;
  return sha256_hex(text);
}

}  // namespace candor
