#include "server/present/badge.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "server/present/limits.h"

namespace candor {
namespace {

// White text has a contrast of at least 4.5 on each.
std::string_view colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHealthy:
      return "#1a7f37";
    case Verdict::kDegraded:
      return "#9a6700";
    case Verdict::kFailing:
      return "#b3261e";
    case Verdict::kUnknown:
      break;
  }
  return "#5f6368";
}

// How many bytes the first character has; 0: it is none.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  return size <= text.size() && simdjson::validate_utf8(text.data(), size) ? size : 0;
}

// At most so many characters; what is none is shown as the sign for that.
struct Shown {
  std::string text;  // as it stands in XML
  std::size_t characters = 0;
};

Shown shown(std::string_view text) {
  Shown result;
  for (std::size_t i = 0; i < text.size();) {
    if (result.characters == kMaxBadgeCharacters) {
      result.text += "…";
      ++result.characters;
      break;
    }
    const auto size = character_bytes(text.substr(i));
    const auto character = text.substr(i, size);
    if (size == 0) {
      result.text += "\ufffd";
    } else if (character == "<") {
      result.text += "&lt;";
    } else if (character == "&") {
      result.text += "&amp;";
    } else if (character == "\"") {
      result.text += "&quot;";
    } else if (size == 1 && (character.front() < 0x20 || character.front() == 0x7f)) {
      result.text += ' ';
    } else {
      result.text += character;
    }
    ++result.characters;
    i += std::max<std::size_t>(size, 1);
  }
  return result;
}

// A renderer squeezes the text into it, whatever fonts it has.
std::size_t width_of(const Shown& shown) { return shown.characters * 13 / 2 + 12; }

}  // namespace

std::string badge_svg(std::string_view name, std::string_view version, Verdict verdict) {
  const auto left =
      shown(version.empty() ? std::string(name) : fmt::format("{} {}", name, version));
  const auto right = shown(name_of(verdict));
  const auto first = width_of(left), second = width_of(right);
  return fmt::format(
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="20" role="img" aria-label="{1}: {2}">)svg"
      R"svg(<title>{1}: {2}</title>)svg"
      R"svg(<clipPath id="c"><rect width="{0}" height="20" rx="3"/></clipPath>)svg"
      R"svg(<g clip-path="url(#c)"><rect width="{3}" height="20" fill="#3c4043"/>)svg"
      R"svg(<rect x="{3}" width="{4}" height="20" fill="{5}"/></g>)svg"
      R"svg(<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">)svg"
      R"svg(<text x="{6}" y="14" textLength="{7}">{1}</text>)svg"
      R"svg(<text x="{8}" y="14" textLength="{9}">{2}</text></g></svg>)svg"
      "\n",
      first + second, left.text, right.text, first, second, colour_of(verdict), first / 2,
      first - 12, first + second / 2, second - 12);
}

}  // namespace candor
