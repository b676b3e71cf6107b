#include "contract/insight.h"

#include <simdjson.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "contract/shown_text.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;
using Steps = std::vector<PathStep>;

// Calls `found` for each value at the path from step `at` on.
template <typename Found>
void visit(const dom::element& value, const Steps& steps, std::size_t at, const Found& found) {
  if (at == steps.size()) return found(value);
  const auto& step = steps[at];
  if (step.kind == PathStep::Kind::kElement) {
    dom::array list;
    if (value.get_array().get(list) != simdjson::SUCCESS) return;
    for (const auto& entry : list) visit(entry, steps, at + 1, found);
    return;
  }
  dom::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return;
  for (const auto& member : object) {
    if (step.kind == PathStep::Kind::kAnyKey || member.key == step.key)
      visit(member.value, steps, at + 1, found);
  }
}

std::optional<double> number_of(const dom::element& value) {
  double number = 0;
  if (value.is_bool() || value.get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

}  // namespace

struct InsightReader::Compiled {
  // The members that insights look into, parsed where a report has them.
  struct Root {
    std::string name;
    dom::parser parser;
    std::optional<dom::element> value;
  };
  struct Path {
    std::size_t root;  // of `roots`
    Steps steps;       // from there on
  };

  struct One {
    std::vector<Path> paths;
    ShownText shown_text;

    // The part of the text that the insight shows; nothing when it does not match.
    std::optional<std::string> shown(std::string_view text) const {
      const auto part = shown_text.of(text);
      return part ? std::optional(std::string(*part)) : std::nullopt;
    }

    InsightValue sum(const dom::element& root, const Steps& path) const {
      InsightValue result;
      visit(root, path, 0, [&](const dom::element& value) {
        const auto number = number_of(value);
        result.present = result.present || number.has_value();
        result.number += number.value_or(0);
      });
      return result;
    }

    // The key with the greatest number; keys that show as the same text count together.
    InsightValue majority(const dom::element& root, const Steps& path) const {
      std::map<std::string, double> weights;
      visit(root, path, 0, [&](const dom::element& value) {
        dom::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) return;
        for (const auto& member : object) {
          if (const auto text = shown(member.key))
            weights[*text] += number_of(member.value).value_or(0);
        }
      });
      InsightValue result;
      double most = 0;
      for (const auto& [text, weight] : weights) {
        if (weight <= most) continue;
        most = weight;
        result = {true, 0, text};
      }
      return result;
    }

    InsightValue value(const dom::element& root, const Steps& path) const {
      InsightValue result;
      visit(root, path, 0, [&](const dom::element& value) {
        std::string_view text;
        if (result.present || value.get_string().get(text) != simdjson::SUCCESS) return;
        if (auto part = shown(text)) result = {true, 0, *std::move(part)};
      });
      return result;
    }

    // Every text, once, each on a line of its own.
    InsightValue popular(const dom::element& root, const Steps& path) const {
      InsightValue result;
      for (const auto& text : texts(root, path)) {
        if (result.present) result.text += '\n';
        result.text += text;
        result.present = true;
      }
      return result;
    }

    std::set<std::string> texts(const dom::element& root, const Steps& path) const {
      std::set<std::string> found;
      visit(root, path, 0, [&](const dom::element& value) {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) return;
        if (auto part = shown(text)) found.insert(*std::move(part));
      });
      return found;
    }

    InsightValue read(const std::vector<Root>& roots, Aggregate aggregate) const {
      for (const auto& path : paths) {
        const auto& root = roots[path.root].value;
        if (!root) continue;
        auto result = aggregate == Aggregate::kSum        ? sum(*root, path.steps)
                      : aggregate == Aggregate::kMajority ? majority(*root, path.steps)
                      : aggregate == Aggregate::kPopular  ? popular(*root, path.steps)
                                                          : value(*root, path.steps);
        if (result.present) return result;
      }
      return {};
    }
  };

  // A path that begins with any key, or none, is one of the whole document: its root has no name.
  Path below(Steps steps) {
    std::string name;
    if (!steps.empty() && steps.front().kind == PathStep::Kind::kKey) {
      name = std::move(steps.front().key);
      steps.erase(steps.begin());
    }
    auto known = std::ranges::find(roots, name, &Root::name);
    if (known == roots.end()) {
      roots.emplace_back();
      known = std::prev(roots.end());
      known->name = std::move(name);
    }
    return {static_cast<std::size_t>(known - roots.begin()), std::move(steps)};
  }

  bool parse(Root& root, const TopMembers& report) const {
    root.value.reset();
    const auto json = root.name.empty() ? report.text() : report.json_of(root.name);
    if (json.empty()) return true;
    dom::element value;
    // Not copied: the parser may read behind the end.
    if (root.parser.parse(json.data(), json.size(), false).get(value) != simdjson::SUCCESS)
      return false;
    root.value = value;
    return true;
  }

  std::vector<One> insights;
  std::vector<Root> roots;
  TopMembers members;
};

InsightReader::InsightReader(const Contract& contract)
    : contract_(contract), compiled_(std::make_unique<Compiled>()) {
  for (const auto& insight : contract.insights) {
    Compiled::One one{{}, ShownText(insight)};
    for (const auto& path : insight.paths) {
      if (auto steps = parse_path(path); steps.ok())
        one.paths.push_back(compiled_->below(*std::move(steps)));
    }
    compiled_->insights.push_back(std::move(one));
  }
}

namespace {

Error not_json() { return {ErrorKind::kBadData, "The body of a record is not JSON."}; }

}  // namespace

InsightReader::~InsightReader() = default;

Result<std::vector<InsightValue>> InsightReader::read(std::string_view body) {
  if (!compiled_->members.read(body)) return not_json();
  return read(compiled_->members);
}

Result<std::vector<InsightValue>> InsightReader::read(const TopMembers& report) {
  if (report.text().empty()) return not_json();
  for (auto& root : compiled_->roots) {
    if (!compiled_->parse(root, report)) return not_json();
  }
  std::vector<InsightValue> values;
  for (std::size_t i = 0; i < compiled_->insights.size(); ++i) {
    const auto& insight = contract_.insights[i];
    values.push_back(insight.event.empty()
                         ? compiled_->insights[i].read(compiled_->roots, insight.aggregate)
                         : InsightValue());
  }
  return values;
}

}  // namespace candor
