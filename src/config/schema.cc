#include "config/schema.h"

#include <fmt/format.h>

#include <map>

#include "base/numbers.h"
#include "base/toml.h"

namespace candor {
namespace {

// The default as JSON; null when the key has none of its own.
Json fallback_of(const Key& key) {
  switch (key.type) {
    case KeyType::kInteger:
      return parse_integer<std::int64_t>(key.fallback).value_or(0);
    case KeyType::kBoolean:
      return key.fallback.empty() ? Json(nullptr) : Json(key.fallback == "true");
    case KeyType::kTexts:
    case KeyType::kTable:
    case KeyType::kTables:
      return nullptr;
    default:
      return std::string(key.fallback);
  }
}

// The example of a key of tables; null when the key is not in it.
Json table_example_of(const Key& key) {
  auto file = TomlFile::parse(key.example, "example");
  if (!file.ok()) return nullptr;
  auto table = file->root();
  auto rest = key.name;
  for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    table = table.table(rest.substr(0, dot));
    rest.remove_prefix(dot + 1);
  }
  return table.value(rest);
}

// The value of the last line of the example: TOML's scalars and lists are written as JSON's are.
Json example_of(const Key& key) {
  if (key.type == KeyType::kTable || key.type == KeyType::kTables) return table_example_of(key);
  const auto at = key.example.rfind(" = ");
  const auto value =
      at == std::string_view::npos ? Result<Json>(Error{}) : parse_json(key.example.substr(at + 3));
  return value.ok() ? *value : Json(nullptr);
}

// The type of one of its tables; any members where the page of the format says which.
Json table_of(const Key& key) {
  Json table = {{"type", "object"}, {"properties", Json::object()}};
  const auto members = members_of(key);
  if (members.empty()) {
    if (key.type == KeyType::kTable) table["additionalProperties"] = {{"type", "string"}};
    return table;
  }
  table["additionalProperties"] = false;
  for (const auto& name : members) {
    table["properties"][name] = {{"type", "string"}};
    table["required"].push_back(name);
  }
  return table;
}

Json property_of(const Key& key) {
  Json property = {{"description", key.about}};
  switch (key.type) {
    case KeyType::kInteger:
      property["type"] = "integer";
      property["minimum"] = key.min;
      property["maximum"] = key.max;
      break;
    case KeyType::kBoolean:
      property["type"] = "boolean";
      break;
    case KeyType::kTexts:
      property["type"] = {"string", "array"};
      property["items"] = {{"type", "string"}};
      break;
    case KeyType::kTable:
      property.update(table_of(key));
      break;
    case KeyType::kTables:
      property["type"] = "array";
      property["items"] = table_of(key);
      break;
    default:
      property["type"] = "string";
      for (auto choice : choices_of(key)) property["enum"].push_back(std::move(choice));
  }
  if (auto fallback = fallback_of(key); !fallback.is_null()) property["default"] = fallback;
  if (auto example = example_of(key); !example.is_null()) property["examples"] = {example};
  return property;
}

Json object() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

// A tree of the keys' dotted names; a leaf has a key.
struct Branch {
  std::string name;  // its own part of the dotted name
  const Key* key = nullptr;
  bool is_list = false;           // an array of tables
  std::vector<Branch> members{};  // in the table's order

  Branch& member(const std::string& wanted) {
    for (auto& branch : members) {
      if (branch.name == wanted) return branch;
    }
    members.push_back({wanted, nullptr});
    return members.back();
  }
};

Branch tree_of(std::span<const Key> keys) {
  Branch root;
  for (const auto& key : keys) {
    auto* branch = &root;
    std::string_view rest = key.name;
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      branch = &branch->member(std::string(rest.substr(0, dot)));
      branch->is_list = key.list == key.name.substr(0, key.name.size() - rest.size() + dot);
      rest.remove_prefix(dot + 1);
    }
    branch->member(std::string(rest)).key = &key;
  }
  return root;
}

std::string dhall_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$') result += '\\';
    result += c;
  }
  return result + '"';
}

// The type and the default of one key.
std::pair<std::string, std::string> dhall_of(const Key& key) {
  switch (key.type) {
    case KeyType::kInteger:
      if (key.min >= 0) return {"Natural", std::string(key.fallback)};
      return {"Integer",
              fmt::format("{:+}", parse_integer<std::int64_t>(key.fallback).value_or(0))};
    case KeyType::kBoolean:
      return {"Bool", key.fallback == "true" ? "True" : "False"};
    case KeyType::kTexts:
      return {"List Text", "[] : List Text"};
    case KeyType::kTable:
      return {"List { mapKey : Text, mapValue : Text }",
              "[] : List { mapKey : Text, mapValue : Text }"};
    case KeyType::kTables: {
      std::string type;
      for (const auto& name : members_of(key))
        type += fmt::format("{} {} : Text", type.empty() ? "List {" : ",", name);
      // Tables of many forms have no type in Dhall; they are written in TOML.
      if (type.empty()) return {"List {}", "[] : List {}"};
      return {type + " }", fmt::format("[] : {} }}", type)};
    }
    default:
      return {"Text", dhall_text(key.fallback)};
  }
}

enum class DhallPart { kType, kDefault };

void write_dhall(std::string& out, const Branch& branch, DhallPart part, std::size_t depth,
                 const std::vector<std::string>& channels) {
  const std::string indent(depth * 2, ' ');
  const char* sign = part == DhallPart::kType ? ":" : "=";
  bool first = true;
  const auto line = [&](std::string_view name, std::string_view value) {
    out += fmt::format("{}{} `{}` {}{}{}\n", indent, first ? "{" : ",", name, sign,
                       value.empty() ? "" : " ", value);
    first = false;
  };
  for (const auto& member : branch.members) {
    const auto& name = member.name;
    if (member.key != nullptr && member.key->name == "channel_NAME") {
      for (const auto& channel : channels)
        line(fmt::format("{}{}", kChannelPrefix, channel),
             part == DhallPart::kType ? "Optional Bool" : "None Bool");
    } else if (member.key != nullptr) {
      const auto [type, value] = dhall_of(*member.key);
      if (part == DhallPart::kType) out += fmt::format("{}-- {}\n", indent, member.key->about);
      line(name, part == DhallPart::kType ? type : value);
    } else if (member.is_list) {
      line(name, part == DhallPart::kType ? "List" : "[] : List");
      write_dhall(out, member, DhallPart::kType, depth + 1, channels);
    } else {
      line(name, "");
      write_dhall(out, member, part, depth + 1, channels);
    }
  }
  out += fmt::format("{}}}\n", indent);
}

// The object that the key is a property of; made with those around it.
Json& table_of(Json& schema, const Key& key) {
  auto* at = &schema;
  std::string_view rest = key.name;
  for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    auto& inner = (*at)["properties"][std::string(rest.substr(0, dot))];
    const bool is_list = key.list == key.name.substr(0, key.name.size() - rest.size() + dot);
    if (inner.is_null() && is_list) inner = {{"type", "array"}, {"items", object()}};
    if (inner.is_null()) inner = object();
    at = is_list ? &inner["items"] : &inner;
    rest.remove_prefix(dot + 1);
  }
  return *at;
}

}  // namespace

Json json_schema(std::span<const Key> keys, std::string_view title) {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
  schema.update(object());
  for (const auto& key : keys) {
    if (key.name == "channel_NAME") {
      schema["patternProperties"][fmt::format("^{}.+$", kChannelPrefix)] = property_of(key);
      continue;
    }
    auto& table = table_of(schema, key);
    const std::string name(key.name.substr(key.name.rfind('.') + 1));
    table["properties"][name] = property_of(key);
    if (key.required) table["required"].push_back(name);
  }
  // A collector without a product would collect nothing.
  if (auto& product = schema["properties"]["product"]; product["type"] == "array") {
    product["minItems"] = 1;
    schema["required"] = {"product"};
  }
  return schema;
}

std::string dhall_schema(std::span<const Key> keys, const std::vector<std::string>& channels) {
  auto tree = tree_of(keys);
  std::string text = "let Type =\n";
  write_dhall(text, tree, DhallPart::kType, 3, channels);
  text += "\nlet default\n    : Type\n    =\n";
  write_dhall(text, tree, DhallPart::kDefault, 3, channels);
  return text + "\nin  { Type, default }\n";
}

}  // namespace candor
