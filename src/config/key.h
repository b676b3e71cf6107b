// The configuration keys of Candor: one table for the agent, one for the collector. What a key is
// called, takes and means stands there and nowhere else; `config explain` and the documentation are
// printed from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace candor {

// kTable and kTables are read by a reader of their own (settings.h says which) and have no value
// here.
enum class KeyType { kText, kInteger, kBoolean, kFile, kFolder, kTexts, kTable, kTables };

struct Key {
  std::string_view name = "";  // "collect.ceph.timeout"; "channel_NAME" stands for every channel
  KeyType type = KeyType::kText;
  std::string_view fallback = "";  // the default, as it would stand in the file without quotes
  std::string_view about = "";     // one sentence
  std::string_view example = "";   // a whole line of the file
  std::string_view variable = "";  // environment variable that overrides the file; empty: none
  std::int64_t min = 0;            // of kInteger
  std::int64_t max = 0;
  std::string_view choices = "";   // of kText: the values it takes, "native|segment"; empty: any
  bool may_hold_password = false;  // a URL whose password is never printed
  std::string_view list = "";  // the array of tables that it is a member of: "product"; empty: none
  bool required = false;       // of a member: each table has it
  bool is_secret = false;      // a text that is never printed
  std::string_view members = "";  // of kTables: its texts where there is nothing else, "a|b"
};

// Both live as long as the program.
std::span<const Key> agent_keys();
std::span<const Key> server_keys();

// The key of that name, or nullptr; every "channel_x" is the key "channel_NAME".
const Key* find_key(std::span<const Key> keys, std::string_view name);
std::vector<std::string> names_of(std::span<const Key> keys);

// Its choices, one by one.
std::vector<std::string> choices_of(const Key& key);
// The members of its tables, one by one.
std::vector<std::string> members_of(const Key& key);
// Whether the key takes the text, by its `choices`.
bool takes(const Key& key, std::string_view text);
// "wire is native or segment": what a key with choices takes.
std::string choices_text(const Key& key);

// "text", "whole number", "true or false", …
std::string_view describe(KeyType type);

inline constexpr std::string_view kChannelPrefix = "channel_";

}  // namespace candor
