#include "base/toml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
// toml++ asserts that its input is as it expects it, where NDEBUG is set has the compiler take that
// for granted, and then looks and reports an error: "[[}" ended the program.
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

#include <algorithm>
#include <deque>
#include <sstream>

#include "base/nearest.h"

namespace candor {

struct TomlTable::Table {
  const toml::table* toml = nullptr;  // nullptr: an absent table
  std::vector<std::string> asked;
};

struct TomlTable::State {
  std::string name;
  toml::table root;
  std::deque<Table> tables;  // in the order they were opened; addresses stay
  std::optional<Error> first_error;

  Error error_at(TomlPlace place, std::string_view message) const {
    return Error{ErrorKind::kConfiguration,
                 fmt::format("{}:{}:{}: {}", name, place.line, place.column, message)};
  }
  Table* open(const toml::table* table) {
    tables.push_back(Table{table, {}});
    return &tables.back();
  }
};

namespace {

TomlPlace place_of(const toml::node& node) {
  return {node.source().begin.line, node.source().begin.column};
}

}  // namespace

TomlPlace TomlTable::place() const {
  return table_->toml == nullptr ? TomlPlace{1, 1} : place_of(*table_->toml);
}

TomlPlace TomlTable::place(std::string_view key) const {
  const toml::node* node = table_->toml == nullptr ? nullptr : table_->toml->get(key);
  return node == nullptr ? place() : place_of(*node);
}

bool TomlTable::has(std::string_view key) const {
  return table_->toml != nullptr && table_->toml->get(key) != nullptr;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> result;
  if (table_->toml == nullptr) return result;
  for (const auto& [key, node] : *table_->toml) result.emplace_back(key.str());
  return result;
}

void TomlTable::reject(std::string_view key, std::string_view message) {
  if (!state_->first_error) state_->first_error = state_->error_at(place(key), message);
}

namespace {

template <typename T>
std::optional<T> take(const toml::table* table, std::string_view key, bool& wrong) {
  const toml::node* node = table == nullptr ? nullptr : table->get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<T>();
  wrong = !value;
  return value;
}

}  // namespace

std::string TomlTable::text(std::string_view key, std::string_view fallback) {
  table_->asked.emplace_back(key);
  bool wrong = false;
  const auto value = take<std::string>(table_->toml, key, wrong);
  if (wrong) reject(key, fmt::format("{} is a text: write {} = \"…\".", key, key));
  return value.value_or(std::string(fallback));
}

std::string TomlTable::required_text(std::string_view key) {
  auto value = text(key);
  if (value.empty()) reject(key, fmt::format("{} is missing: write {} = \"…\".", key, key));
  return value;
}

bool TomlTable::boolean(std::string_view key, bool fallback) {
  table_->asked.emplace_back(key);
  bool wrong = false;
  const auto value = take<bool>(table_->toml, key, wrong);
  if (wrong) reject(key, fmt::format("{} is true or false.", key));
  return value.value_or(fallback);
}

std::optional<std::int64_t> TomlTable::integer(std::string_view key) {
  table_->asked.emplace_back(key);
  bool wrong = false;
  const auto value = take<std::int64_t>(table_->toml, key, wrong);
  if (wrong) reject(key, fmt::format("{} is a whole number.", key));
  return value;
}

std::optional<double> TomlTable::number(std::string_view key) {
  table_->asked.emplace_back(key);
  bool wrong = false;
  const auto whole = take<std::int64_t>(table_->toml, key, wrong);
  if (whole) return static_cast<double>(*whole);
  const auto value = take<double>(table_->toml, key, wrong);
  if (wrong) reject(key, fmt::format("{} is a number.", key));
  return value;
}

std::vector<std::string> TomlTable::texts(std::string_view key) {
  table_->asked.emplace_back(key);
  const toml::node* node = table_->toml == nullptr ? nullptr : table_->toml->get(key);
  if (node == nullptr) return {};
  if (const auto one = node->value_exact<std::string>()) return {*one};
  std::vector<std::string> result;
  const toml::array* array = node->as_array();
  bool wrong = array == nullptr;
  if (array != nullptr) {
    for (const auto& element : *array) {
      const auto value = element.value_exact<std::string>();
      wrong = wrong || !value;
      result.push_back(value.value_or(""));
    }
  }
  if (wrong) reject(key, fmt::format("{} is a text or a list of texts.", key));
  return result;
}

namespace {

Json json_of(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, member] : *table) object[std::string(key.str())] = json_of(member);
    return object;
  }
  if (const auto* array = node.as_array()) {
    Json list = Json::array();
    for (const auto& element : *array) list.push_back(json_of(element));
    return list;
  }
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return *number;
  if (const auto number = node.value_exact<double>()) return *number;
  if (const auto flag = node.value_exact<bool>()) return *flag;
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  return text.str();
}

}  // namespace

Json TomlTable::value(std::string_view key) {
  table_->asked.emplace_back(key);
  const toml::node* node = table_->toml == nullptr ? nullptr : table_->toml->get(key);
  return node == nullptr ? Json(nullptr) : json_of(*node);
}

TomlTable TomlTable::table(std::string_view key) {
  table_->asked.emplace_back(key);
  const toml::node* node = table_->toml == nullptr ? nullptr : table_->toml->get(key);
  if (node != nullptr && !node->is_table()) reject(key, fmt::format("{} is a table.", key));
  return TomlTable(state_, state_->open(node == nullptr ? nullptr : node->as_table()));
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) {
  table_->asked.emplace_back(key);
  const toml::node* node = table_->toml == nullptr ? nullptr : table_->toml->get(key);
  std::vector<TomlTable> result;
  if (node == nullptr) return result;
  const toml::array* array = node->as_array();
  bool wrong = array == nullptr;
  if (array != nullptr) {
    for (const auto& element : *array) {
      wrong = wrong || !element.is_table();
      if (element.is_table()) result.push_back(TomlTable(state_, state_->open(element.as_table())));
    }
  }
  if (wrong) reject(key, fmt::format("{} is a list of tables.", key));
  return result;
}

std::size_t TomlTable::choice(std::string_view key, const std::vector<std::string>& allowed,
                              std::size_t fallback) {
  const auto name = text(key, allowed[fallback]);
  const auto found = std::ranges::find(allowed, name);
  if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
  reject(key, fmt::format("{} = \"{}\" is not one of: {}.{}", key, name, fmt::join(allowed, ", "),
                          did_you_mean(name, allowed)));
  return fallback;
}

TomlFile::TomlFile(std::unique_ptr<TomlTable::State> state) : state_(std::move(state)) {}
TomlFile::TomlFile(TomlFile&&) noexcept = default;
TomlFile& TomlFile::operator=(TomlFile&&) noexcept = default;
TomlFile::~TomlFile() = default;

Result<TomlFile> TomlFile::parse(std::string_view text, std::string name) {
  auto state = std::make_unique<TomlTable::State>();
  state->name = std::move(name);
  try {
    state->root = toml::parse(text, state->name);
  } catch (const toml::parse_error& error) {
    const auto& where = error.source().begin;
    return state->error_at({where.line, where.column}, std::string(error.description()) + ".");
  }
  return TomlFile(std::move(state));
}

TomlTable TomlFile::root() { return TomlTable(state_.get(), state_->open(&state_->root)); }

Error TomlFile::error_at(TomlPlace place, std::string_view message) const {
  return state_->error_at(place, message);
}

Status TomlFile::finish() {
  if (state_->first_error) return *state_->first_error;
  for (const auto& table : state_->tables) {
    if (table.toml == nullptr) continue;
    for (const auto& [key, node] : *table.toml) {
      const std::string name(key.str());
      if (std::ranges::find(table.asked, name) != table.asked.end()) continue;
      return error_at({key.source().begin.line, key.source().begin.column},
                      fmt::format("unknown key \"{}\".{}", name, did_you_mean(name, table.asked)));
    }
  }
  return Ok{};
}

}  // namespace candor
