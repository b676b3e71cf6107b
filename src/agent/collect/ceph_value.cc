#include "agent/collect/ceph_value.h"

#include <fmt/format.h>

namespace candor {
namespace {

const Json& nothing() {
  static const Json value;
  return value;
}

const Json& zero() {
  static const Json value = 0;
  return value;
}

}  // namespace

const Json& CephValue::expect(bool good, std::string_view kind, const Json& otherwise) const {
  if (good) return *json_;
  if (!fault_->any()) fault_->lacks = fmt::format("{} `{}`", kind, name_);
  return otherwise;
}

CephValue CephValue::at(std::string_view key) const {
  const Json* member = find_member(*json_, key);
  if (member) return CephValue(*member, *fault_, key);
  if (!fault_->any()) fault_->lacks = fmt::format("`{}`", key);
  return CephValue(nothing(), *fault_, key);
}

std::vector<CephValue> CephValue::items() const {
  std::vector<CephValue> result;
  if (!expect(json_->is_array(), "a list", nothing()).is_array()) return result;
  result.reserve(json_->size());
  for (const Json& item : *json_) result.emplace_back(item, *fault_, name_);
  return result;
}

std::vector<std::pair<std::string, CephValue>> CephValue::members() const {
  std::vector<std::pair<std::string, CephValue>> result;
  if (!expect(json_->is_object(), "an object", nothing()).is_object()) return result;
  for (const auto& [key, value] : json_->items()) {
    result.emplace_back(key, CephValue(value, *fault_, name_));
  }
  return result;
}

std::size_t CephValue::size() const {
  return expect(json_->is_structured(), "a list", nothing()).size();
}

std::int64_t CephValue::integer() const {
  if (json_->is_boolean()) return json_->get<bool>() ? 1 : 0;
  return expect(json_->is_number_integer(), "a whole number", zero()).get<std::int64_t>();
}

const Json& CephValue::number() const {
  return expect(json_->is_number_integer(), "a whole number", zero());
}

bool CephValue::boolean() const {
  if (json_->is_number_integer()) return json_->get<std::int64_t>() != 0;
  const Json& value = expect(json_->is_boolean(), "true or false", nothing());
  return value.is_boolean() && value.get<bool>();
}

std::string CephValue::text() const {
  const Json& value = expect(json_->is_string(), "a text", nothing());
  return value.is_string() ? value.get<std::string>() : std::string();
}

CephValue CephValue::object() const {
  expect(json_->is_object(), "an object", nothing());
  return *this;
}

Json CephValue::booleans() const {
  Json result = Json::object();
  for (const auto& [key, value] : members()) {
    if (value.json().is_boolean()) result[key] = value.json();
  }
  return result;
}

Json CephValue::integers() const {
  Json result = Json::object();
  for (const auto& [key, value] : members()) {
    if (value.json().is_number_integer()) result[key] = value.json();
  }
  return result;
}

}  // namespace candor
