#include "contract/health_facts.h"

#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "contract/limits.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;
using Steps = std::span<const PathStep>;

std::vector<PathStep> steps_of(const std::string& path) {
  auto steps = parse_path(path);
  return steps.ok() ? *std::move(steps) : std::vector<PathStep>();
}

// What stands at a path of keys alone.
std::optional<dom::element> at(dom::element value, Steps steps) {
  for (const auto& step : steps) {
    if (value.at_key(step.key).get(value) != simdjson::SUCCESS) return std::nullopt;
  }
  return value;
}

std::string_view text_at(dom::element value, const std::vector<PathStep>& path) {
  std::string_view text;
  const auto found = path.empty() ? std::nullopt : at(value, path);
  if (!found || found->get(text) != simdjson::SUCCESS) return {};
  return text;
}

}  // namespace

struct HealthFacts::Compiled {
  explicit Compiled(const DeclaredHealth& health)
      : name(steps_of(health.name)),
        version(steps_of(health.version)),
        state(steps_of(health.state)),
        run(steps_of(health.run)),
        duration(steps_of(health.duration)) {
    const auto in_list = [](const PathStep& step) { return step.kind == PathStep::Kind::kElement; };
    const auto list_ends = std::ranges::find_if(name, in_list);
    if (list_ends == name.end()) return;
    list.emplace(name.begin(), list_ends);
    name.erase(name.begin(), list_ends + 1);
    if (version.size() > list->size())
      version.erase(version.begin(),
                    version.begin() + static_cast<std::ptrdiff_t>(list->size()) + 1);
  }

  // What the names of one event have in common; nothing when it tells of none.
  std::optional<HealthFact> common_of(dom::element root) const {
    HealthFact fact;
    if (!state.empty()) {
      const auto known = std::ranges::find(kRunStates, text_at(root, state));
      if (known == kRunStates.end()) return std::nullopt;
      fact.state = static_cast<HealthState>(known - kRunStates.begin());
    }
    fact.run = text_at(root, run);
    if (const auto took = duration.empty() ? std::nullopt : at(root, duration)) {
      double ms = 0;
      if (took->get(ms) == simdjson::SUCCESS && ms >= 0 && ms <= kMaxHealthDurationMs)
        fact.duration_ms = static_cast<std::uint64_t>(std::llround(ms));
    }
    return fact;
  }

  void add(HealthFact fact, dom::element about) {
    fact.name = text_at(about, name);
    fact.version = text_at(about, version);
    if (!fact.name.empty() && facts.size() < kMaxHealthNames) facts.push_back(fact);
  }

  std::optional<std::vector<PathStep>> list;   // that name and version are in, if they are
  std::vector<PathStep> name, version;         // within its elements
  std::vector<PathStep> state, run, duration;  // empty: not declared
  std::vector<HealthFact> facts;
  dom::parser parser;
  std::string padded;
};

HealthFacts::HealthFacts(const DeclaredHealth& health)
    : compiled_(std::make_unique<Compiled>(health)) {}

HealthFacts::~HealthFacts() = default;

Result<std::span<const HealthFact>> HealthFacts::read(std::string_view body) {
  auto& compiled = *compiled_;
  compiled.facts.clear();
  // The parser reads a little behind the end.
  if (compiled.padded.size() < body.size() + simdjson::SIMDJSON_PADDING)
    compiled.padded.resize(body.size() * 2 + simdjson::SIMDJSON_PADDING);
  body.copy(compiled.padded.data(), body.size());
  dom::element root;
  if (compiled.parser.parse(compiled.padded.data(), body.size(), false).get(root) !=
      simdjson::SUCCESS)
    return Error{ErrorKind::kBadData, "The body of an event is not JSON."};
  const auto common = compiled.common_of(root);
  if (!common) return std::span<const HealthFact>();
  if (!compiled.list) {
    compiled.add(*common, root);
  } else if (const auto list = at(root, *compiled.list)) {
    dom::array elements;
    if (list->get(elements) == simdjson::SUCCESS) {
      for (const auto element : elements) compiled.add(*common, element);
    }
  }
  return std::span<const HealthFact>(compiled.facts);
}

}  // namespace candor
