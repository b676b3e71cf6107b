#include "contract/event_facts.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "contract/shown_text.h"

namespace candor {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr long kLowestRating = 1;
constexpr long kHighestRating = 5;
constexpr std::string_view kRatings = "12345";

// The paths of all insights as one tree, so that a document is walked over once. What stands at
// several of them (`a.b` and `a.*`) has one node, with the uses of each.
struct Node {
  std::vector<std::pair<std::string, Node>> keys;
  std::unique_ptr<Node> any_key;
  std::unique_ptr<Node> element;
  std::vector<std::size_t> texts, numbers;  // where what stands here is put

  Node() = default;
  Node(Node&&) = default;
  Node& operator=(Node&&) = default;
  Node(const Node& other)
      : keys(other.keys),
        any_key(other.any_key ? std::make_unique<Node>(*other.any_key) : nullptr),
        element(other.element ? std::make_unique<Node>(*other.element) : nullptr),
        texts(other.texts),
        numbers(other.numbers) {}
  Node& operator=(const Node&) = delete;
  ~Node() = default;

  const Node* of_key(std::string_view key) const {
    for (const auto& [name, node] : keys) {
      if (name == key) return &node;
    }
    return any_key.get();
  }

  template <typename Use>
  void add(std::span<const PathStep> steps, const Use& use) {
    if (steps.empty()) return use(*this);
    const auto& step = steps.front();
    const auto rest = steps.subspan(1);
    if (step.kind == PathStep::Kind::kElement) {
      if (!element) element = std::make_unique<Node>();
      return element->add(rest, use);
    }
    if (step.kind == PathStep::Kind::kAnyKey) {
      if (!any_key) any_key = std::make_unique<Node>();
      for (auto& [name, node] : keys) node.add(rest, use);
      return any_key->add(rest, use);
    }
    auto known = std::ranges::find(keys, step.key, &std::pair<std::string, Node>::first);
    if (known == keys.end()) {
      keys.emplace_back(step.key, any_key ? Node(*any_key) : Node());
      known = std::prev(keys.end());
    }
    known->second.add(rest, use);
  }
};

struct Number {
  bool present = false;
  double sum = 0;
};

}  // namespace

struct EventFacts::Compiled {
  struct One {
    std::size_t insight;
    Aggregate aggregate;
    ShownText shown;
    std::vector<std::size_t> paths;  // into texts of kPopular, else into numbers
    std::optional<std::size_t> by;   // into texts
  };

  bool walk(ondemand::value value, const Node& node);
  void add_facts(const One& one);

  Node root;
  std::vector<One> insights;
  // What the document has, by place; emptied for the next.
  std::vector<std::vector<std::string_view>> texts;
  std::vector<Number> numbers;
  std::vector<EventFact> facts;
  ondemand::parser parser;
  std::string padded;
};

// False when the document is no JSON.
bool EventFacts::Compiled::walk(ondemand::value value, const Node& node) {
  ondemand::json_type type;
  if (value.type().get(type) != simdjson::SUCCESS) return false;
  switch (type) {
    case ondemand::json_type::object: {
      if (node.keys.empty() && !node.any_key) return true;
      ondemand::object object;
      if (value.get_object().get(object) != simdjson::SUCCESS) return false;
      for (auto field : object) {
        std::string_view key;
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
        const auto* next = node.of_key(key);
        ondemand::value member;
        if (next == nullptr) continue;
        if (field.value().get(member) != simdjson::SUCCESS || !walk(member, *next)) return false;
      }
      return true;
    }
    case ondemand::json_type::array: {
      if (!node.element) return true;
      ondemand::array array;
      if (value.get_array().get(array) != simdjson::SUCCESS) return false;
      for (auto entry : array) {
        ondemand::value element;
        if (entry.get(element) != simdjson::SUCCESS || !walk(element, *node.element)) return false;
      }
      return true;
    }
    case ondemand::json_type::string: {
      std::string_view text;
      if (node.texts.empty()) return true;
      if (value.get_string().get(text) != simdjson::SUCCESS) return false;
      for (const auto place : node.texts) texts[place].push_back(text);
      return true;
    }
    case ondemand::json_type::number: {
      double number = 0;
      if (node.numbers.empty()) return true;
      if (value.get_double().get(number) != simdjson::SUCCESS) return false;
      for (const auto place : node.numbers) {
        numbers[place].present = true;
        numbers[place].sum += number;
      }
      return true;
    }
    default:
      return true;
  }
}

void EventFacts::Compiled::add_facts(const One& one) {
  if (one.aggregate == Aggregate::kPopular) {
    for (const auto place : one.paths) {
      auto& found = texts[place];
      const auto first = facts.size();
      for (const auto text : found) {
        if (const auto part = one.shown.of(text)) facts.push_back({one.insight, *part});
      }
      if (facts.size() < first + 2) continue;
      // Each text once.
      const auto begin = facts.begin() + static_cast<std::ptrdiff_t>(first);
      std::sort(begin, facts.end(),
                [](const EventFact& a, const EventFact& b) { return a.value < b.value; });
      facts.erase(
          std::unique(begin, facts.end(),
                      [](const EventFact& a, const EventFact& b) { return a.value == b.value; }),
          facts.end());
    }
    return;
  }
  for (const auto place : one.paths) {
    const auto& number = numbers[place];
    if (!number.present) continue;
    const bool rating = one.aggregate == Aggregate::kRating;
    const auto stars = std::lround(number.sum);
    if (rating && (stars < kLowestRating || stars > kHighestRating)) continue;
    EventFact fact{one.insight, {}, {}, number.sum};
    if (rating) fact.bucket = kRatings.substr(static_cast<std::size_t>(stars - kLowestRating), 1);
    if (one.by) {
      for (const auto text : texts[*one.by]) {
        const auto part = one.shown.of(text);
        if (!part) continue;
        fact.value = *part;
        break;
      }
    }
    facts.push_back(fact);
    return;
  }
}

EventFacts::EventFacts(const Contract& contract, std::string_view event)
    : compiled_(std::make_unique<Compiled>()) {
  auto& compiled = *compiled_;
  const auto add_text = [&](const std::string& path) {
    compiled.texts.emplace_back();
    const auto place = compiled.texts.size() - 1;
    if (const auto steps = parse_path(path); steps.ok())
      compiled.root.add(*steps, [place](Node& node) { node.texts.push_back(place); });
    return place;
  };
  const auto add_number = [&](const std::string& path) {
    compiled.numbers.emplace_back();
    const auto place = compiled.numbers.size() - 1;
    if (const auto steps = parse_path(path); steps.ok())
      compiled.root.add(*steps, [place](Node& node) { node.numbers.push_back(place); });
    return place;
  };
  for (std::size_t i = 0; i < contract.insights.size(); ++i) {
    const auto& insight = contract.insights[i];
    if (insight.event.empty() || insight.event != event) continue;
    Compiled::One one{i, insight.aggregate, ShownText(insight), {}, std::nullopt};
    const bool popular = insight.aggregate == Aggregate::kPopular;
    for (const auto& path : insight.paths)
      one.paths.push_back(popular ? add_text(path) : add_number(path));
    if (!insight.by.empty()) one.by = add_text(insight.by);
    compiled.insights.push_back(std::move(one));
  }
}

EventFacts::~EventFacts() = default;

bool EventFacts::empty() const { return compiled_->insights.empty(); }

Result<std::span<const EventFact>> EventFacts::read(std::string_view body) {
  auto& compiled = *compiled_;
  compiled.facts.clear();
  if (compiled.insights.empty()) return std::span<const EventFact>();
  for (auto& found : compiled.texts) found.clear();
  for (auto& number : compiled.numbers) number = {};
  // The parser reads a little behind the end.
  if (compiled.padded.size() < body.size() + simdjson::SIMDJSON_PADDING)
    compiled.padded.resize(body.size() * 2 + simdjson::SIMDJSON_PADDING);
  body.copy(compiled.padded.data(), body.size());
  ondemand::document document;
  ondemand::value root;
  if (compiled.parser
              .iterate(simdjson::padded_string_view(compiled.padded.data(), body.size(),
                                                    compiled.padded.size()))
              .get(document) != simdjson::SUCCESS ||
      document.get_value().get(root) != simdjson::SUCCESS || !compiled.walk(root, compiled.root))
    return Error{ErrorKind::kBadData, "The body of an event is not JSON."};
  for (const auto& one : compiled.insights) compiled.add_facts(one);
  return std::span<const EventFact>(compiled.facts);
}

}  // namespace candor
