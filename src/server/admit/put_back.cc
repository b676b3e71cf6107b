#include "server/admit/put_back.h"

#include <algorithm>

#include "base/json.h"
#include "base/numbers.h"

namespace candor {
namespace {

Error misplaced() {
  return Error{ErrorKind::kBadData, "A value in quarantine has no place in what is kept."};
}

// One step of a JSON pointer, taken off its front; it begins with '/'.
std::string take_step(std::string_view& place) {
  place.remove_prefix(1);
  const auto end = std::min(place.find('/'), place.size());
  std::string step;
  for (std::size_t i = 0; i < end; ++i) {
    const bool escaped = place[i] == '~' && i + 1 < end;
    step += escaped ? (place[++i] == '1' ? '/' : '~') : place[i];
  }
  place.remove_prefix(end);
  return step;
}

Status put(Json& document, std::string_view place, Json value) {
  Json* at = &document;
  while (place.starts_with('/')) {
    const auto step = take_step(place);
    if (at->is_array()) {
      const auto index = parse_unsigned<std::size_t>(step);
      if (!index || *index > at->size()) return misplaced();
      if (place.empty()) {
        at->insert(at->begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
        return Ok{};
      }
      if (*index == at->size()) return misplaced();
      at = &(*at)[*index];
    } else if (at->is_object()) {
      if (place.empty()) {
        if (at->contains(step)) return misplaced();
        (*at)[step] = std::move(value);
        return Ok{};
      }
      // What held nothing else is there still: admission keeps objects and lists that are empty.
      if (!at->contains(step)) return misplaced();
      at = &(*at)[step];
    } else {
      return misplaced();
    }
  }
  return misplaced();
}

}  // namespace

Result<std::string> put_back(std::string_view body, std::span<const Quarantined> values) {
  CANDOR_ASSIGN(document, parse_json(body));
  for (const auto& row : values) {
    auto value = parse_json(row.value);
    if (!value.ok()) return misplaced();
    CANDOR_TRY(put(document, row.place, *std::move(value)));
  }
  return to_line(document);
}

}  // namespace candor
