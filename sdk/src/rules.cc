#include "rules.h"

#include <algorithm>
#include <limits>

#include "library/limits.h"

namespace candor::sdk {
namespace {

using library::Declared;
using library::DeclaredClass;
using library::DeclaredType;

Takes what_takes(const Declared& declared) {
  switch (declared.type) {
    case DeclaredType::kBoolean:
      return Takes::kBoolean;
    case DeclaredType::kInteger:
      return Takes::kInteger;
    case DeclaredType::kNumber:
      return Takes::kNumber;
    case DeclaredType::kString:
    case DeclaredType::kTimestamp:
      break;
  }
  return declared.privacy == DeclaredClass::kClear ? Takes::kClearText : Takes::kHashedText;
}

std::size_t most_of(const Declared& declared) {
  return declared.max_length == 0 ? library::kMaxTextValueBytes
                                  : std::min(declared.max_length, library::kMaxTextValueBytes);
}

}  // namespace

FieldRules::FieldRules(const library::Declarations& declarations) {
  constexpr double kNoBound = std::numeric_limits<double>::infinity();
  kinds_.resize(declarations.all.size() + 1);
  rules_.resize(kinds_.size());
  for (std::size_t i = 0; i < declarations.all.size(); ++i) {
    const auto& declared = declarations.all[i];
    kinds_[i + 1] = declared.kind;
    if (declared.kind != library::DeclaredKind::kField) continue;
    const auto first = static_cast<std::uint32_t>(allowed_.size());
    for (const auto text : declared.values) {
      auto& one = allowed_.emplace_back(Allowed{0, text});
      std::memcpy(&one.begin, text.data(), std::min(text.size(), sizeof one.begin));
    }
    rules_[i + 1] = {.event = declared.event,
                     .takes = what_takes(declared),
                     .privacy = declared.privacy,
                     .max_length = static_cast<std::uint32_t>(most_of(declared)),
                     .first_allowed = first,
                     .last_allowed = static_cast<std::uint32_t>(allowed_.size()),
                     .min = declared.min.value_or(-kNoBound),
                     .max = declared.max.value_or(kNoBound)};
  }
}

}  // namespace candor::sdk
