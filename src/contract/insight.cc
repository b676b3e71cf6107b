#include "contract/insight.h"

#include <simdjson.h>

#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <unordered_map>

#include "base/digest.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;
using Steps = std::vector<PathStep>;

constexpr long kLowestRating = 1;
constexpr long kHighestRating = 5;

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
  struct One {
    std::vector<Steps> paths;
    Steps by;
    std::optional<std::regex> extract;
    std::unordered_map<std::string, std::string> known;  // by hash

    // The part of the text that the insight shows; nothing when it does not match.
    std::optional<std::string> shown(std::string_view text) const {
      std::string part(text);
      if (extract) {
        std::cmatch match;
        if (!std::regex_search(text.data(), text.data() + text.size(), match, *extract))
          return std::nullopt;
        part = match.size() > 1 ? match[1].str() : match[0].str();
      }
      const auto hashed = known.find(part);
      return hashed == known.end() ? part : hashed->second;
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

    InsightValue read(const dom::element& root, Aggregate aggregate) const {
      for (const auto& path : paths) {
        auto result = aggregate == Aggregate::kSum        ? sum(root, path)
                      : aggregate == Aggregate::kMajority ? majority(root, path)
                      : aggregate == Aggregate::kPopular  ? popular(root, path)
                                                          : value(root, path);
        if (result.present) return result;
      }
      return {};
    }

    void add_facts(const dom::element& root, const Insight& insight,
                   std::vector<EventFact>& facts) const {
      const auto of = by.empty() ? InsightValue() : value(root, by);
      for (const auto& path : paths) {
        if (insight.aggregate == Aggregate::kPopular) {
          for (const auto& text : texts(root, path)) facts.push_back({&insight, text, "", 0});
          continue;
        }
        const auto number = sum(root, path);
        if (!number.present) continue;
        const bool rating = insight.aggregate == Aggregate::kRating;
        const auto stars = std::lround(number.number);
        if (rating && (stars < kLowestRating || stars > kHighestRating)) continue;
        facts.push_back({&insight, of.text, rating ? std::to_string(stars) : "", number.number});
        return;
      }
    }
  };
  std::vector<One> insights;
  dom::parser parser;
};

InsightReader::InsightReader(const Contract& contract)
    : contract_(contract), compiled_(std::make_unique<Compiled>()) {
  for (const auto& insight : contract.insights) {
    Compiled::One one;
    for (const auto& path : insight.paths) {
      if (auto steps = parse_path(path); steps.ok()) one.paths.push_back(*std::move(steps));
    }
    if (auto steps = parse_path(insight.by); !insight.by.empty() && steps.ok())
      one.by = *std::move(steps);
    if (!insight.extract.empty())
      one.extract.emplace(insight.extract, std::regex::ECMAScript | std::regex::optimize);
    for (const auto& text : insight.known) {
      one.known[sha256_hex(text)] = text;
      one.known[md5_hex(text)] = text;
    }
    compiled_->insights.push_back(std::move(one));
  }
}

InsightReader::~InsightReader() = default;

Result<std::vector<InsightValue>> InsightReader::read(std::string_view body) {
  dom::element root;
  if (compiled_->parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) {
    return Error{ErrorKind::kBadData, "The body of a record is not JSON."};
  }
  std::vector<InsightValue> values;
  for (std::size_t i = 0; i < compiled_->insights.size(); ++i) {
    const auto& insight = contract_.insights[i];
    values.push_back(insight.event.empty() ? compiled_->insights[i].read(root, insight.aggregate)
                                           : InsightValue());
  }
  return values;
}

Result<std::vector<EventFact>> InsightReader::read_event(std::string_view event,
                                                         std::string_view body) {
  dom::element root;
  if (compiled_->parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS)
    return Error{ErrorKind::kBadData, "The body of an event is not JSON."};
  std::vector<EventFact> facts;
  for (std::size_t i = 0; i < compiled_->insights.size(); ++i) {
    const auto& insight = contract_.insights[i];
    if (insight.event == event) compiled_->insights[i].add_facts(root, insight, facts);
  }
  return facts;
}

}  // namespace candor
