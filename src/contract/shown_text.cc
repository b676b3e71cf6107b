#include "contract/shown_text.h"

#include "base/digest.h"

namespace candor {

ShownText::ShownText(const Insight& insight) {
  if (!insight.extract.empty())
    extract_.emplace(insight.extract, std::regex::ECMAScript | std::regex::optimize);
  for (const auto& text : insight.known) {
    known_[sha256_hex(text)] = text;
    known_[md5_hex(text)] = text;
  }
}

std::optional<std::string_view> ShownText::of(std::string_view text) const {
  if (extract_) {
    std::cmatch match;
    if (!std::regex_search(text.data(), text.data() + text.size(), match, *extract_))
      return std::nullopt;
    const auto& part = match.size() > 1 ? match[1] : match[0];
    // A group that took no part in the match is an empty text.
    text = part.matched ? std::string_view(part.first, static_cast<std::size_t>(part.length()))
                        : std::string_view();
  }
  if (known_.empty()) return text;
  const auto hashed = known_.find(text);
  return hashed == known_.end() ? text : std::string_view(hashed->second);
}

}  // namespace candor
