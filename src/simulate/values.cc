#include "simulate/values.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "contract/check.h"

namespace candor {
namespace {

constexpr std::int64_t kMaxWhole = std::int64_t{1} << 53;
constexpr std::int64_t kDayMillis = 86'400'000;

// Values of one document, drawn in the order of the schema. An object's and list's draws come from
// `own`; what moves with the days comes from `today`.
class Writer {
 public:
  Writer(const Contract& contract, const ValueChance& chance)
      : contract_(contract),
        own_(chance.own),
        today_(chance.today),
        day_(chance.day),
        hashing_(chance.hashing) {}

  // Null when nothing under the node is to be reported.
  Json value(const Schema::Node& node) {
    if (node.field) return scalar(contract_.fields[*node.field]);
    if (node.is_list()) return list(*node.element);
    return object(node);
  }

 private:
  Json object(const Schema::Node& node) {
    auto result = Json::object();
    const auto put = [&result](const std::string& key, Json value) {
      if (!value.is_null()) result[key] = std::move(value);
    };
    for (const auto& [key, member] : node.members) put(key, value(*member));
    if (node.any_member) {
      const auto entries = own_.between(1, 3);
      for (std::int64_t i = 0; i < entries; ++i) put(word(12), value(*node.any_member));
    }
    return result.empty() ? Json() : result;
  }

  Json list(const Schema::Node& element) {
    auto result = Json::array();
    const auto entries = own_.between(1, 4);
    for (std::int64_t i = 0; i < entries; ++i) {
      auto entry = value(element);
      if (!entry.is_null()) result.push_back(std::move(entry));
    }
    return result.empty() ? Json() : result;
  }

  Json scalar(const Field& field) {
    const bool reported = field.privacy != PrivacyClass::kNever &&
                          contract_.channels[field.channel].on_by_default &&
                          !is_expired(field, day_);
    if (!reported) return {};
    switch (field.type) {
      case FieldType::kBoolean:
        return own_.chance(500);
      case FieldType::kInteger:
        return whole(field);
      case FieldType::kNumber:
        return static_cast<double>(whole(field));
      case FieldType::kTimestamp:
        return format_rfc3339(
            from_unix_millis(day_ * kDayMillis - own_.between(0, 900) * kDayMillis));
      case FieldType::kString:
        return text(field);
    }
    return {};
  }

  // Small values more often than large ones, and a little more or less each day.
  std::int64_t whole(const Field& field) {
    const auto bound = [](double value) {
      return static_cast<std::int64_t>(
          std::clamp(value, -static_cast<double>(kMaxWhole), static_cast<double>(kMaxWhole)));
    };
    const auto low = bound(std::ceil(field.min.value_or(0)));
    const auto high = std::max(low, bound(std::floor(field.max.value_or(1000))));
    const auto span = high - low;
    const auto bits = own_.between(0, 53);
    const auto offset = own_.between(0, std::min(span, std::int64_t{1} << bits));
    const auto drift = today_.between(-(offset / 50), offset / 50);
    return low + std::clamp<std::int64_t>(offset + drift, 0, span);
  }

  std::string text(const Field& field) {
    if (field.privacy != PrivacyClass::kClear && hashing_ == ValueChance::Hashing::kByCollector)
      return word(field.max_length);
    if (field.privacy == PrivacyClass::kKeyed ||
        (field.privacy == PrivacyClass::kHashed && field.hash == HashKind::kSha256))
      return own_.hex(32);
    if (field.privacy == PrivacyClass::kHashed) return own_.hex(16);
    if (!field.values.empty()) return field.values[own_.below(field.values.size())];
    return word(field.max_length);
  }

  std::string word(std::size_t max_length) { return made_up_word(own_).substr(0, max_length); }

  const Contract& contract_;
  Dice own_;
  Dice today_;
  std::int64_t day_;
  ValueChance::Hashing hashing_;
};

}  // namespace

Json values_of(const Contract& contract, const Schema::Node& node, ValueChance chance) {
  return Writer(contract, chance).value(node);
}

std::string made_up_word(Dice& dice) {
  constexpr std::array<std::string_view, 16> kSyllables = {"ba", "de", "fi", "go", "ka", "lu",
                                                           "me", "ni", "po", "ra", "se", "ti",
                                                           "vo", "wa", "xe", "zu"};
  std::string result;
  for (auto left = dice.between(2, 4); left > 0; --left) result += dice.one_of(kSyllables);
  return result;
}

}  // namespace candor
