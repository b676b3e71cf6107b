// A badge: two fields with a word each, as an SVG of a few hundred bytes that loads nothing. Pure.
#pragma once

#include <string>
#include <string_view>

#include "server/insight/verdict.h"

namespace candor {

// `name` may be any text; what is too long for a badge is cut.
std::string badge_svg(std::string_view name, std::string_view version, Verdict verdict);

}  // namespace candor
