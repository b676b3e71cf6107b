// Writing YAML whose values may be anything: each text is in double quotes.
#pragma once

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace candor {

inline void yaml_text(YAML::Emitter& yaml, const std::string& key, std::string_view value) {
  yaml << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << std::string(value);
}

// Nothing where it is empty.
inline void yaml_if_told(YAML::Emitter& yaml, const std::string& key, std::string_view value) {
  if (!value.empty()) yaml_text(yaml, key, value);
}

inline void yaml_seconds(YAML::Emitter& yaml, const std::string& key, std::chrono::seconds time) {
  yaml << YAML::Key << key << YAML::Value << std::to_string(time.count()) + "s";
}

inline void yaml_texts(YAML::Emitter& yaml, const std::string& key,
                       const std::vector<std::string>& values) {
  yaml << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const auto& value : values) yaml << YAML::DoubleQuoted << value;
  yaml << YAML::EndSeq;
}

}  // namespace candor
