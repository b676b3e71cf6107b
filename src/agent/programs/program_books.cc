#include "agent/programs/program_books.h"

namespace candor {
namespace {

CountedTotals totals_member(const Json& json, std::string_view key) {
  const auto* member = find_member(json, key);
  return member == nullptr ? CountedTotals() : totals_in(*member);
}

ProgramBooks books_in(const Json& json) {
  ProgramBooks books;
  books.since = parse_rfc3339(string_member(json, "since"));
  books.ended = totals_member(json, "ended");
  if (const auto* rings = find_member(json, "rings"); rings != nullptr && rings->is_array()) {
    for (const auto& ring : *rings) {
      if (ring.is_string()) books.rings.insert(ring.get<std::string>());
    }
  }
  books.told = totals_member(json, "told");
  if (const auto* telling = find_member(json, "telling");
      telling != nullptr && telling->is_object())
    books.telling = {string_member(*telling, "report"), totals_member(*telling, "told")};
  books.events = count_member(json, "events");
  if (const auto* stayed = find_member(json, "stayed"); stayed != nullptr && stayed->is_object()) {
    for (const auto& [reason, count] : stayed->items())
      books.stayed.emplace(reason, count_member(*stayed, reason));
  }
  books.dropped = count_member(json, "dropped");
  books.damaged = count_member(json, "damaged");
  return books;
}

}  // namespace

Result<ProgramBooks> read_program_books(const StateFolder& programs) {
  const auto json = programs.read_json(kProgramBooksFile);
  if (!json.ok() && json.error().kind == ErrorKind::kNotFound) return ProgramBooks();
  if (!json.ok()) return json.error();
  return books_in(*json);
}

Status write_program_books(const StateFolder& programs, const ProgramBooks& books) {
  Json json = {{"format", 1},
               {"since", books.since ? Json(format_rfc3339(*books.since)) : Json(nullptr)},
               {"events", books.events},
               {"stayed", books.stayed},
               {"dropped", books.dropped},
               {"damaged", books.damaged},
               {"ended", to_json(books.ended)},
               {"rings", books.rings},
               {"told", to_json(books.told)}};
  if (books.telling)
    json["telling"] = {{"report", books.telling->report}, {"told", to_json(books.telling->told)}};
  return programs.write(kProgramBooksFile, to_pretty(json));
}

}  // namespace candor
