// What an insight shows of a text: the part that its expression takes, and the text that it knows
// of a hash. Pure.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

#include "contract/contract.h"

namespace candor {

class ShownText {
 public:
  explicit ShownText(const Insight& insight);

  // A part of `text`, or a text that is as long there as this; nothing when it does not match.
  std::optional<std::string_view> of(std::string_view text) const;

 private:
  std::optional<std::regex> extract_;
  std::map<std::string, std::string, std::less<>> known_;  // by hash
};

}  // namespace candor
