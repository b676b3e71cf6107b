#include "agent/seal/sieve.h"

#include <fmt/format.h>

#include "agent/seal/limits.h"
#include "contract/limits.h"

namespace candor {
namespace {

Scalar scalar_of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return json.get<bool>();
    case Json::value_t::number_integer:
      return json.get<std::int64_t>();
    case Json::value_t::number_unsigned:
      return json.get<std::uint64_t>();
    case Json::value_t::number_float:
      return json.get<double>();
    case Json::value_t::string:
      return std::string_view(json.get_ref<const std::string&>());
    default:
      return nullptr;
  }
}

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

}  // namespace

Sieve::Sieve(const SieveTerms& terms) : terms_(terms), hmac_(terms.key), today_(day_of(terms.now)) {
  reasons_.reserve(terms.contract.fields.size());
  for (const auto& field : terms.contract.fields) reasons_.push_back(reason_of(field));
}

Json Sieve::object(const Json& json, const Schema::Node& node, const std::string& path) {
  Json kept = Json::object();
  std::size_t entries = 0;
  for (const auto& [key, value] : json.items()) {
    const auto where = join(path, key);
    const auto* member = node.member(key);
    if (member == nullptr) {
      leave_out(where, LeftOut::Reason::kUndeclared);
    } else if (!node.members.contains(key) &&
               (key.size() > kMaxKeyLength || ++entries > kMaxMapEntries)) {
      leave_out(where.substr(0, kMaxKeyLength), LeftOut::Reason::kOutOfBounds, Problem::kTooLong);
    } else if (auto passed = value_of(value, *member, where)) {
      kept[key] = std::move(*passed);
    }
  }
  return kept;
}

// Why a field stays home whatever its value is; nothing when it may leave.
std::optional<LeftOut::Reason> Sieve::reason_of(const Field& field) const {
  if (field.privacy == PrivacyClass::kNever) return LeftOut::Reason::kNever;
  if (!terms_.channels.contains(terms_.contract.channels[field.channel].name))
    return LeftOut::Reason::kChannelOff;
  if (is_expired(field, today_)) return LeftOut::Reason::kExpired;
  if (!terms_.fields.allows(terms_.contract, field)) return LeftOut::Reason::kNotAgreed;
  return std::nullopt;
}

// Nothing when some field below may leave, else why the first one may not.
std::optional<LeftOut::Reason> Sieve::closed(const Schema::Node& node) {
  if (node.field) return reasons_[*node.field];
  const auto known = closed_.find(&node);
  if (known != closed_.end()) return known->second;
  std::optional<LeftOut::Reason> reason = LeftOut::Reason::kUndeclared;
  bool first = true;
  const auto look = [&](const Schema::Node& below) {
    const auto of_child = closed(below);
    if (first || !of_child) reason = of_child;
    first = false;
    return !of_child;
  };
  bool open = false;
  for (const auto& [key, member] : node.members) open = open || look(*member);
  if (!open && node.any_member) open = look(*node.any_member);
  if (!open && node.element) open = look(*node.element);
  closed_[&node] = reason;
  return reason;
}

std::optional<Json> Sieve::value_of(const Json& json, const Schema::Node& node,
                                    const std::string& path) {
  if (const auto reason = closed(node)) {
    leave_out(path, *reason);
    return std::nullopt;
  }
  if (json.is_null()) return Json(nullptr);
  if (node.field) return field_value(json, terms_.contract.fields[*node.field], path);
  if (node.is_list() && json.is_array()) return list(json, *node.element, path);
  if (node.is_object() && json.is_object()) return object(json, node, path);
  leave_out(path, LeftOut::Reason::kOutOfBounds, Problem::kWrongType);
  return std::nullopt;
}

std::optional<Json> Sieve::list(const Json& json, const Schema::Node& element,
                                const std::string& path) {
  if (json.size() > kMaxListEntries) {
    leave_out(path, LeftOut::Reason::kOutOfBounds, Problem::kTooLong);
    return std::nullopt;
  }
  Json kept = Json::array();
  for (const auto& value : json) {
    if (auto passed = value_of(value, element, path + "[]")) kept.push_back(std::move(*passed));
  }
  return kept;
}

std::optional<Json> Sieve::field_value(const Json& json, const Field& field,
                                       const std::string& path) {
  if (json.is_structured()) {
    leave_out(path, LeftOut::Reason::kOutOfBounds, Problem::kWrongType);
    return std::nullopt;
  }
  Json value = hashed(json, field);
  if (const auto problem = check(field, scalar_of(value))) {
    leave_out(path, LeftOut::Reason::kOutOfBounds, *problem);
    return std::nullopt;
  }
  return value;
}

Json Sieve::hashed(const Json& json, const Field& field) const {
  if (!json.is_string() || texts_ == Texts::kHashed) return json;
  const auto& text = json.get_ref<const std::string&>();
  if (field.privacy == PrivacyClass::kKeyed) return hmac_.hex(text);
  if (field.privacy != PrivacyClass::kHashed) return json;
  return field.hash == HashKind::kMd5 ? md5_hex(text) : sha256_hex(text);
}

void Sieve::leave_out(std::string path, LeftOut::Reason reason, std::optional<Problem> problem) {
  if (left_out_.size() < kMaxLeftOut) left_out_.push_back({std::move(path), reason, problem});
}

std::string describe(const LeftOut& left_out) {
  switch (left_out.reason) {
    case LeftOut::Reason::kUndeclared:
      return "not declared in the contract";
    case LeftOut::Reason::kNever:
      return "never sent, says the contract";
    case LeftOut::Reason::kChannelOff:
      return "its channel is off";
    case LeftOut::Reason::kNotAgreed:
      return "not agreed to yet";
    case LeftOut::Reason::kExpired:
      return "expired";
    case LeftOut::Reason::kOutOfBounds:
      break;
  }
  return fmt::format("outside the contract's bounds ({})",
                     name_of(left_out.problem.value_or(Problem::kWrongType)));
}

}  // namespace candor
