#include "contract/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "contract/limits.h"

namespace candor {
namespace {

Error bad_path(std::string_view path, std::string_view why) {
  return Error{ErrorKind::kConfiguration, fmt::format("\"{}\" is no path: {}", path, why)};
}

// Takes one key (plain, quoted or "*") off the front of `rest`.
Result<PathStep> take_key(std::string_view path, std::string_view& rest) {
  if (rest.starts_with('"')) {
    const auto close = rest.find('"', 1);
    if (close == std::string_view::npos) return bad_path(path, "a quote is not closed.");
    PathStep step{PathStep::Kind::kKey, std::string(rest.substr(1, close - 1))};
    rest.remove_prefix(close + 1);
    return step;
  }
  const auto end = std::min(rest.find_first_of(".["), rest.size());
  PathStep step{PathStep::Kind::kKey, std::string(rest.substr(0, end))};
  rest.remove_prefix(end);
  if (step.key.empty()) return bad_path(path, "a key is empty.");
  if (step.key == "*") return PathStep{PathStep::Kind::kAnyKey, ""};
  if (step.key.find_first_of("\"*] ") != std::string::npos) {
    return bad_path(path, "put keys with such characters in quotes.");
  }
  return step;
}

}  // namespace

Result<std::vector<PathStep>> parse_path(std::string_view path) {
  std::vector<PathStep> steps;
  std::string_view rest = path;
  for (;;) {
    CANDOR_ASSIGN(step, take_key(path, rest));
    steps.push_back(std::move(step));
    while (rest.starts_with("[]") && steps.size() <= kMaxPathSteps) {
      steps.push_back({PathStep::Kind::kElement, ""});
      rest.remove_prefix(2);
    }
    if (steps.size() > kMaxPathSteps)
      return bad_path(path.substr(0, 40), fmt::format("it has more than {} steps.", kMaxPathSteps));
    if (rest.empty()) return steps;
    if (!rest.starts_with('.')) return bad_path(path, "expected '.', '[]' or the end after a key.");
    rest.remove_prefix(1);
  }
}

const Schema::Node* Schema::Node::member(std::string_view key) const {
  const auto found = members.find(key);
  return found != members.end() ? found->second.get() : any_member.get();
}

const Schema::Node::Named* Schema::Node::named(std::string_view key, std::size_t& next) const {
  constexpr std::size_t kFew = 16;  // more are looked up
  if (next < in_order.size() && in_order[next].name == key) return &in_order[next++];
  if (in_order.size() > kFew) {
    const auto found = members.find(key);
    if (found == members.end()) return nullptr;
    const auto* node = found->second.get();
    const auto at = std::ranges::find(in_order, node, &Named::node);
    next = static_cast<std::size_t>(at - in_order.begin()) + 1;
    return &*at;
  }
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    if (in_order[i].name != key) continue;
    next = i + 1;
    return &in_order[i];
  }
  return nullptr;
}

Status Schema::add(const std::vector<PathStep>& path, std::size_t field) {
  Node* node = &root_;
  for (const auto& step : path) {
    if (node->field)
      return Error{ErrorKind::kConfiguration, "a part of this path is already a field."};
    if (step.kind == PathStep::Kind::kElement ? node->is_object() : node->is_list()) {
      return Error{ErrorKind::kConfiguration,
                   "this path is a list in one field and an object in another."};
    }
    auto& next = step.kind == PathStep::Kind::kElement  ? node->element
                 : step.kind == PathStep::Kind::kAnyKey ? node->any_member
                                                        : node->members[step.key];
    if (!next) {
      next = std::make_unique<Node>();
      if (step.kind == PathStep::Kind::kKey) {
        const std::string_view name = node->members.find(step.key)->first;
        node->in_order.push_back({name, to_line(Json(name)) + ":", next.get()});
      }
    }
    node = next.get();
  }
  if (node->field) return Error{ErrorKind::kConfiguration, "this path is declared twice."};
  if (node->is_object() || node->is_list()) {
    return Error{ErrorKind::kConfiguration, "other fields lie under this path."};
  }
  node->field = field;
  return Ok{};
}

const Schema::Node* Schema::find(const std::vector<PathStep>& path) const {
  const Node* node = &root_;
  for (const auto& step : path) {
    if (step.kind == PathStep::Kind::kElement) {
      node = node->element.get();
    } else if (step.kind == PathStep::Kind::kAnyKey) {
      node = node->any_member.get();
    } else {
      node = node->member(step.key);
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

}  // namespace candor
