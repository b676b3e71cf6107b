#include "config/edit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/numbers.h"
#include "base/toml.h"

namespace candor {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The byte at which line and column (of code points, both from 1) lie.
std::size_t offset_of(std::string_view text, TomlPlace place) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < place.line; ++line) at = text.find('\n', at) + 1;
  for (std::uint32_t column = 1; column < place.column; ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

// Where the scalar that begins at `at` ends.
std::size_t end_of_scalar(std::string_view text, std::size_t at) {
  for (const std::string_view quote : {"\"\"\"", "'''", "\"", "'"}) {
    if (!text.substr(at).starts_with(quote)) continue;
    std::size_t i = at + quote.size();
    while (i < text.size() && !text.substr(i).starts_with(quote))
      i += text[i] == '\\' && quote[0] == '"' ? 2 : 1;
    return std::min(i + quote.size(), text.size());
  }
  return std::min(text.find_first_of(" \t\r\n#,}]", at), text.size());
}

// The line after which a key of the section `prefix` is added, and how it is called there.
struct Spot {
  std::size_t line = 0;  // add before this line
  std::string name;
};

Spot spot_for(const std::vector<std::string_view>& lines, std::string_view key) {
  const auto is_header = [](std::string_view line) { return trim(line).starts_with('['); };
  std::string prefix(key);
  while (prefix.find('.') != std::string::npos) {
    prefix = prefix.substr(0, prefix.rfind('.'));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto header = trim(lines[i].substr(0, lines[i].find('#')));
      if (header != fmt::format("[{}]", prefix)) continue;
      return {i + 1, std::string(key.substr(prefix.size() + 1))};
    }
  }
  auto first = static_cast<std::size_t>(std::ranges::find_if(lines, is_header) - lines.begin());
  // Comments right above a header belong to it.
  if (first < lines.size()) {
    while (first > 0 && (trim(lines[first - 1]).empty() || trim(lines[first - 1]).starts_with('#')))
      --first;
  }
  return {first, std::string(key)};
}

std::string add_line(std::string_view text, std::string_view key, const Value& value) {
  const auto lines = lines_of(text);
  const auto spot = spot_for(lines, key);
  std::string result;
  for (std::size_t i = 0; i < spot.line; ++i) result += lines[i];
  if (!result.empty() && result.back() != '\n') result += '\n';
  result += fmt::format("{} = {}\n", spot.name, to_toml(value));
  for (std::size_t i = spot.line; i < lines.size(); ++i) result += lines[i];
  return result;
}

// Where the value of `key` stands; nothing when the file does not set it.
Result<std::optional<TomlPlace>> place_of(std::string_view text, const Path& file,
                                          std::string_view key) {
  CANDOR_ASSIGN(toml, TomlFile::parse(text, file.string()));
  auto table = toml.root();
  for (auto dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.')) {
    if (!table.has(key.substr(0, dot))) return std::optional<TomlPlace>();
    table = table.table(key.substr(0, dot));
    key.remove_prefix(dot + 1);
  }
  if (!table.has(key)) return std::optional<TomlPlace>();
  return std::optional(table.place(key));
}

// Everything but `key`, for seeing that nothing else changed.
std::vector<std::pair<std::string, Value>> others(const Settings& settings, std::string_view key) {
  std::vector<std::pair<std::string, Value>> result;
  for (const auto& setting : settings.all()) {
    if (setting.name != key) result.emplace_back(setting.name, setting.value);
  }
  std::ranges::sort(result);
  return result;
}

}  // namespace

std::string to_toml(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  std::string result = "\"";
  for (const char c : std::get<std::string>(value)) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

Result<std::string> set_in_text(std::string_view text, const Path& file, std::string_view key,
                                const Value& value) {
  CANDOR_ASSIGN(place, place_of(text, file, key));
  const auto before = parse_settings(text, file);
  // What is wrong may be the very value that is set right now.
  if (!before.ok() && !place) return before.error();
  std::string result;
  if (place) {
    const auto begin = offset_of(text, *place);
    const auto end = end_of_scalar(text, begin);
    result = fmt::format("{}{}{}", text.substr(0, begin), to_toml(value), text.substr(end));
  } else {
    result = add_line(text, key, value);
  }
  CANDOR_ASSIGN(after, parse_settings(result, file));
  if (before.ok() && others(*before, key) != others(after, key)) {
    return Error{
        ErrorKind::kConfiguration,
        fmt::format(
            "{} cannot be changed in {} without touching other values; edit the file by hand.", key,
            file.string())};
  }
  return result;
}

Result<std::optional<std::string>> unset_in_text(std::string_view text, const Path& file,
                                                 std::string_view key) {
  CANDOR_ASSIGN(place, place_of(text, file, key));
  const auto before = parse_settings(text, file);
  // What is wrong may be the very value that is taken out.
  if (!before.ok() && !place) return before.error();
  if (!place) return std::optional<std::string>();
  const auto value = offset_of(text, *place);
  const auto line_before = value == 0 ? std::string_view::npos : text.rfind('\n', value - 1);
  const auto begin = line_before == std::string_view::npos ? 0 : line_before + 1;
  const auto value_end = end_of_scalar(text, value);
  const auto end = std::min(text.find('\n', value_end), text.size() - 1) + 1;
  auto result = fmt::format("{}{}", text.substr(0, begin), text.substr(end));
  const auto after = parse_settings(result, file);
  const auto gone =
      after.ok() ? place_of(result, file, key) : Result<std::optional<TomlPlace>>(after.error());
  if (gone.ok() && !*gone && (!before.ok() || others(*before, key) == others(*after, key)))
    return std::optional(std::move(result));
  return Error{
      ErrorKind::kConfiguration,
      fmt::format("{} cannot be taken out of {} without touching other values; edit the file "
                  "by hand.",
                  key, file.string())};
}

Result<Value> parse_value(const Key& key, std::string_view text) {
  if (key.type == KeyType::kTable || key.type == KeyType::kTables) {
    return Error{ErrorKind::kUsage, fmt::format("{} is a {}; write it into the file: {}", key.name,
                                                describe(key.type), key.example)};
  }
  if (key.type == KeyType::kInteger) {
    const auto number = parse_integer<std::int64_t>(text);
    if (number && *number >= key.min && *number <= key.max) return Value(*number);
    return Error{ErrorKind::kUsage, fmt::format("{} is a whole number from {} to {}, not \"{}\".",
                                                key.name, key.min, key.max, text)};
  }
  if (key.type == KeyType::kBoolean) {
    for (const auto* yes : {"true", "True", "1", "yes", "on"}) {
      if (text == yes) return Value(true);
    }
    for (const auto* no : {"false", "False", "0", "no", "off"}) {
      if (text == no) return Value(false);
    }
    return Error{ErrorKind::kUsage,
                 fmt::format("{} is true or false, not \"{}\".", key.name, text)};
  }
  if (!takes(key, text)) {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{}, not \"{}\".", choices_text(key), text)};
  }
  return Value(std::string(text));
}

Result<std::string> canonical_key(std::string_view name) {
  constexpr std::string_view kStonePrefix = "mgr/telemetry/";
  auto key = name;
  if (key.starts_with(kStonePrefix)) key.remove_prefix(kStonePrefix.size());
  if (key == "url") key = "endpoint";
  if (key == "enabled") {
    return Error{ErrorKind::kUsage,
                 "Telemetry is not switched by a key: use `candor on` or `candor off`."};
  }
  const auto* known = find_key(agent_keys(), key);
  if (known != nullptr && !known->list.empty()) {
    return Error{ErrorKind::kUsage,
                 fmt::format("{} stands in a table of [[{}]], of which there may be many. Write it "
                             "into the file; `candor config explain {}` has an example.",
                             key, known->list, key)};
  }
  if (known != nullptr && key != "channel_NAME") return std::string(key);
  return Error{ErrorKind::kUsage,
               fmt::format("There is no key \"{}\".{} `candor config ls` lists them all.", name,
                           did_you_mean(key, names_of(agent_keys())))};
}

}  // namespace candor
