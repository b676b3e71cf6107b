#include "contract/survey.h"

#include <fmt/format.h>

#include <algorithm>

#include "contract/limits.h"

namespace candor {
namespace {

bool is_one_line(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

std::string text_of(TomlTable& table, const char* key, std::size_t most) {
  auto text = table.required_text(key);
  if (text.size() > most || !is_one_line(text))
    table.reject(key, fmt::format("{} is one line of at most {} bytes.", key, most));
  return text;
}

std::uint32_t number_of(TomlTable& table, const char* key, std::int64_t fallback,
                        std::int64_t least, std::int64_t most) {
  const auto number = table.integer(key).value_or(fallback);
  if (number < least || number > most)
    table.reject(key, fmt::format("{} is a whole number from {} to {}.", key, least, most));
  return static_cast<std::uint32_t>(std::clamp(number, least, most));
}

// The answer is a field like any other, so that it is agreed to and admitted like any other.
bool has_answer(const Contract& contract, const DeclaredEvent& event, std::uint32_t scale) {
  const auto* const node = event.schema.root().member(kAnswerField);
  if (node == nullptr || !node->field) return false;
  const auto& field = contract.fields[*node->field];
  return field.type == FieldType::kInteger && field.privacy == PrivacyClass::kClear &&
         field.min.value_or(1) <= 1 && field.max.value_or(scale) >= scale;
}

}  // namespace

std::optional<Survey> read_survey(TomlTable& event_table, const Contract& contract,
                                  const DeclaredEvent& event) {
  if (!event_table.has("ask")) return std::nullopt;
  auto table = event_table.table("ask");
  Survey survey;
  survey.activity = text_of(table, "activity", kMaxActivityBytes);
  survey.question = text_of(table, "question", kMaxQuestionBytes);
  survey.scale = number_of(table, "scale", 5, 2, kMaxScale);
  survey.after = number_of(table, "after", 1, 1, kMaxActivities);
  survey.share = table.number("share").value_or(1);
  if (!(survey.share > 0 && survey.share <= 1))
    table.reject("share", "share is a number above 0 and at most 1.");
  if (!has_answer(contract, event, survey.scale)) {
    table.reject("", fmt::format("the answer is a field of the event: {{ path = \"{}\", type = "
                                 "\"integer\", min = 1, max = {}, … }}.",
                                 kAnswerField, survey.scale));
  }
  const bool is_asked = std::ranges::any_of(contract.events, [&](const DeclaredEvent& other) {
    return other.survey && other.survey->activity == survey.activity;
  });
  if (is_asked)
    table.reject("activity", fmt::format("\"{}\" is asked about twice.", survey.activity));
  return survey;
}

}  // namespace candor
