#include "simulate/events.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "simulate/amounts.h"
#include "simulate/limits.h"
#include "simulate/values.h"

namespace candor {
namespace {

constexpr std::uint64_t kAspectEvent = 160;
constexpr std::uint64_t kAspectSource = 161;
constexpr std::uint64_t kAspectDrift = 162;
constexpr std::uint64_t kAspectWords = 163;
constexpr std::uint64_t kDayMillis = 86'400'000;

// The text below the node that may be made longest; nullptr when all are hashed or one of a list.
struct FreeText {
  Json* value = nullptr;
  std::size_t max_length = 0;
};

FreeText longest_free_text(const Contract& contract, const Schema::Node& node, Json& value) {
  FreeText found;
  if (node.field) {
    const auto& field = contract.fields[*node.field];
    const bool is_free = field.type == FieldType::kString && field.values.empty() &&
                         field.privacy == PrivacyClass::kClear;
    if (is_free) found = {&value, field.max_length};
    return found;
  }
  if (!value.is_object()) return found;
  for (auto& [key, member] : value.items()) {
    const auto* below = node.member(key);
    const auto other = below ? longest_free_text(contract, *below, member) : FreeText();
    if (other.max_length > found.max_length) found = other;
  }
  return found;
}

// Words until there are `size` more bytes.
void lengthen(std::string& text, std::size_t size, Dice& dice) {
  const auto wanted = text.size() + size;
  while (text.size() < wanted) text += " " + made_up_word(dice);
  text.resize(wanted);
}

}  // namespace

Result<EventStream> EventStream::make(const Contract& contract, const EventStreamOptions& options) {
  CANDOR_TRY(check_amount("The number of events", static_cast<std::int64_t>(options.events),
                          kMaxSimulatedEvents));
  CANDOR_TRY(check_amount("The number of installations", options.installations,
                          kMaxSimulatedInstallations));
  CANDOR_TRY(check_days(options.days, options.until));
  std::vector<std::size_t> kinds;
  for (std::size_t i = 0; i < contract.events.size(); ++i) {
    if (contract.channels[contract.events[i].channel].on_by_default) kinds.push_back(i);
  }
  if (kinds.empty()) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{} declares no event in a channel that is on by default, so none can "
                             "be made up.",
                             contract.file)};
  }
  return EventStream(contract, options, std::move(kinds));
}

std::string EventStream::message(std::uint64_t number) const {
  const auto product = key_of(contract_->product);
  Dice dice{options_.seed, product, kAspectEvent, number};
  Dice source{options_.seed, product, kAspectSource, dice.below(options_.installations)};
  const auto& event = contract_->events[kinds_[dice.below(kinds_.size())]];
  // In parts, so that no product overflows.
  const auto span = static_cast<std::uint64_t>(options_.days) * kDayMillis;
  const auto each = span / options_.events;
  const auto rest = span % options_.events;
  const auto begin = static_cast<std::uint64_t>(options_.until - options_.days) * kDayMillis;
  const auto at = begin + each * number + rest * number / options_.events;

  Json message = {{"type", "track"},
                  {"event", event.name},
                  {"messageId", dice.uuid()},
                  {"anonymousId", source.uuid()},
                  {"timestamp", format_rfc3339(from_unix_millis(static_cast<std::int64_t>(at)))}};
  const auto day = static_cast<std::int64_t>(at / kDayMillis);
  auto values = values_of(*contract_, event.schema.root(),
                          {dice, Dice{options_.seed, product, kAspectDrift, number}, day,
                           ValueChance::Hashing::kByCollector});
  const auto text = longest_free_text(*contract_, event.schema.root(), values);
  const auto line = [&] {
    auto whole = message;
    for (auto& [key, value] : values.items()) whole[key] = value;
    return to_line(whole);
  };
  auto made = line();
  if (text.value == nullptr || made.size() >= options_.bytes) return made;
  Dice filler{options_.seed, product, kAspectWords, number};
  auto& words = text.value->get_ref<std::string&>();
  const auto room = text.max_length - std::min(text.max_length, words.size());
  lengthen(words, std::min(room, options_.bytes - made.size()), filler);
  return line();
}

}  // namespace candor
