// The environment variables of a process, as a value that can be handed in.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace candor {

// Immutable after construction; safe to share between threads.
class Environment {
 public:
  using Variables = std::map<std::string, std::string, std::less<>>;

  Environment() = default;
  explicit Environment(Variables variables) : variables_(std::move(variables)) {}

  // A copy of this process's variables.
  static Environment of_process();

  // The variable's value; empty when it is not set.
  std::string get(std::string_view name) const;
  bool has(std::string_view name) const { return variables_.contains(name); }

 private:
  Variables variables_;
};

}  // namespace candor
