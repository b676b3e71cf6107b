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
  }
  return "";
}

}  // namespace candor
