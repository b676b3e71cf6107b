// The fields of a contract as a tree, for walking a document beside it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace candor {

// One step of a path: a named key, any key of an open map ("*"), or any element of a list ("[]").
struct PathStep {
  enum class Kind { kKey, kAnyKey, kElement };
  Kind kind = Kind::kKey;
  std::string key;  // of kKey
};

// Splits `pools[].options."odd.key".*` into steps; kConfiguration when it is no path.
Result<std::vector<PathStep>> parse_path(std::string_view path);

class Schema {
 public:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> members;
    std::unique_ptr<Node> any_member;
    std::unique_ptr<Node> element;
    std::optional<std::size_t> field;  // index of the field that ends here

    // The members in the order of the contract, which is mostly that of documents.
    struct Named {
      std::string_view name;
      std::string as_json;  // "name":
      const Node* node;
    };
    std::vector<Named> in_order;
    // Those of `in_order` with that name, looked for at `next` first, which is then the one behind
    // it; nullptr when none has it.
    const Named* named(std::string_view key, std::size_t& next) const;

    // The node under that key: by name, else as a key of an open map; nullptr when undeclared.
    const Node* member(std::string_view key) const;
    bool is_object() const { return !members.empty() || any_member != nullptr; }
    bool is_list() const { return element != nullptr; }
  };

  const Node& root() const { return root_; }

  // Adds a field; kConfiguration when the path is taken, or is a value here and a container there.
  Status add(const std::vector<PathStep>& path, std::size_t field);
  // The node at a path (exact names; "*" and "[]" as declared), or nullptr.
  const Node* find(const std::vector<PathStep>& path) const;

 private:
  Node root_;
};

}  // namespace candor
