#include "config/key.h"

#include <algorithm>

namespace candor {

const Key* find_key(std::span<const Key> keys, std::string_view name) {
  const bool channel = name.starts_with(kChannelPrefix) && name.size() > kChannelPrefix.size();
  const auto found = std::ranges::find(keys, channel ? "channel_NAME" : name, &Key::name);
  return found == keys.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(std::span<const Key> keys) {
  std::vector<std::string> names;
  for (const auto& key : keys) names.emplace_back(key.name);
  return names;
}

namespace {

std::vector<std::string> parts_of(std::string_view rest) {
  std::vector<std::string> parts;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('|'), rest.size());
    parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return parts;
}

}  // namespace

std::vector<std::string> choices_of(const Key& key) { return parts_of(key.choices); }
std::vector<std::string> members_of(const Key& key) { return parts_of(key.members); }

bool takes(const Key& key, std::string_view text) {
  const auto choices = choices_of(key);
  return choices.empty() || std::ranges::find(choices, text) != choices.end();
}

std::string choices_text(const Key& key) {
  std::string text(key.name);
  std::string_view before = " is ";
  for (const auto& choice : choices_of(key)) {
    text.append(before).append(choice);
    before = " or ";
  }
  return text;
}

std::string_view describe(KeyType type) {
  switch (type) {
    case KeyType::kText:
      return "text";
    case KeyType::kInteger:
      return "whole number";
    case KeyType::kBoolean:
      return "true or false";
    case KeyType::kFile:
      return "file";
    case KeyType::kFolder:
      return "folder";
    case KeyType::kTexts:
      return "list of texts";
    case KeyType::kTable:
      return "table";
    case KeyType::kTables:
      return "list of tables";
  }
  return "";
}

}  // namespace candor
