// What decides about the values of events and runs, in as few bytes as can be: it is read for every
// value. Made once, of the declarations; any thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "library/declarations.h"

namespace candor::sdk {

// What a field takes.
enum class Takes : std::uint8_t { kBoolean, kInteger, kNumber, kClearText, kHashedText };

struct FieldRule {
  std::uint32_t event = 0;  // 0: the number is no field's
  Takes takes = Takes::kClearText;
  library::DeclaredClass privacy = library::DeclaredClass::kClear;
  std::uint32_t max_length = 0;     // bytes, of texts in clear
  std::uint32_t first_allowed = 0;  // of the only texts
  std::uint32_t last_allowed = 0;   // the one behind them; the same as the first: any text
  double min = 0, max = 0;
};

class FieldRules {
 public:
  FieldRules() = default;
  explicit FieldRules(const library::Declarations& declarations);

  // Whether that is the number of a declaration of that kind.
  bool is(library::DeclaredKind kind, std::uint32_t number) const {
    return number < kinds_.size() && kinds_[number] == kind && number != 0;
  }
  // By number of a declaration; those of no field belong to event 0.
  std::span<const FieldRule> all() const { return rules_; }
  // Whether a text that stands there, as it does in a ring, is one of those that the field takes.
  bool allows(const FieldRule& rule, const std::uint8_t* text, std::size_t length) const {
    if (rule.first_allowed == rule.last_allowed) return true;
    std::uint64_t begin;
    std::memcpy(&begin, text, sizeof begin);
    for (auto i = rule.first_allowed; i != rule.last_allowed; ++i) {
      const auto& one = allowed_[i];
      if (one.begin == begin && one.text.size() == length &&
          (length <= 8 || std::memcmp(one.text.data(), text, length) == 0))
        return true;
    }
    return false;
  }

 private:
  struct Allowed {
    std::uint64_t begin = 0;  // its first eight bytes
    std::string_view text;    // the declarations'
  };
  std::vector<library::DeclaredKind> kinds_;  // both by number of a declaration
  std::vector<FieldRule> rules_;
  std::vector<Allowed> allowed_;
};

}  // namespace candor::sdk
