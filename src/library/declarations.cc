#include "library/declarations.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "library/limits.h"

namespace candor::library {
namespace {

using Parts = std::vector<std::string_view>;

constexpr std::pair<std::string_view, DeclaredType> kTypes[] = {
    {"boolean", DeclaredType::kBoolean},     {"integer", DeclaredType::kInteger},
    {"number", DeclaredType::kNumber},       {"string", DeclaredType::kString},
    {"timestamp", DeclaredType::kTimestamp},
};
constexpr std::pair<std::string_view, DeclaredClass> kClasses[] = {
    {"clear", DeclaredClass::kClear},
    {"md5", DeclaredClass::kMd5},
    {"sha256", DeclaredClass::kSha256},
    {"keyed", DeclaredClass::kKeyed},
};

template <typename Value, std::size_t size>
bool look_up(const std::pair<std::string_view, Value> (&names)[size], std::string_view name,
             Value& value) {
  const auto found = std::ranges::find(names, name, &std::pair<std::string_view, Value>::first);
  if (found == std::end(names)) return false;
  value = found->second;
  return true;
}

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read_bound(std::string_view text, std::optional<double>& bound) {
  if (text.empty()) return true;
  double number = 0;
  if (!read_number(text, number) || !std::isfinite(number)) return false;
  bound = number;
  return true;
}

// Takes one line off the text; nothing when there is no line end.
std::optional<Parts> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  Parts parts;
  for (;;) {
    const auto tab = line.find('\t');
    parts.push_back(line.substr(0, tab));
    if (tab == line.npos) return parts;
    line.remove_prefix(tab + 1);
  }
}

bool read_histogram(std::span<const std::string_view> parts, Declared& declared) {
  if (parts.empty() || parts.size() > kMaxBounds) return false;
  for (const auto part : parts) {
    double bound = 0;
    if (!read_number(part, bound) || !std::isfinite(bound)) return false;
    declared.bounds.push_back(bound);
  }
  return std::ranges::is_sorted(declared.bounds, std::less_equal<>());
}

// PATH TYPE CLASS MIN MAX LENGTH VALUE…
bool read_field(std::span<const std::string_view> parts, Declared& declared) {
  if (parts.size() < 5) return false;
  const bool is_known = look_up(kTypes, parts[0], declared.type) &&
                        look_up(kClasses, parts[1], declared.privacy) &&
                        read_bound(parts[2], declared.min) && read_bound(parts[3], declared.max);
  if (!is_known) return false;
  if (!parts[4].empty() && !read_number(parts[4], declared.max_length)) return false;
  declared.values.assign(parts.begin() + 5, parts.end());
  const bool is_text = declared.type == DeclaredType::kString;
  return is_text || declared.privacy == DeclaredClass::kClear;
}

// ACTIVITY SCALE AFTER SHARE QUESTION
bool read_survey(std::span<const std::string_view> parts, Declared& declared) {
  if (parts.size() != 4 || !read_number(parts[0], declared.scale) ||
      !read_number(parts[1], declared.after) || !read_number(parts[2], declared.share))
    return false;
  declared.question = parts[3];
  return declared.scale > 1 && declared.share > 0 && declared.share <= 1;
}

bool read_declared(const Parts& parts, std::uint32_t event, Declared& declared) {
  if (parts.size() < 2 || parts[1].empty()) return false;
  declared.name = parts[1];
  const auto rest = std::span(parts).subspan(2);
  if (parts[0] == "counter") {
    declared.kind = DeclaredKind::kCounter;
    return rest.empty();
  }
  if (parts[0] == "histogram") {
    declared.kind = DeclaredKind::kHistogram;
    return read_histogram(rest, declared);
  }
  if (parts[0] == "field") {
    declared.kind = DeclaredKind::kField;
    declared.event = event;
    return event != 0 && read_field(rest, declared);
  }
  if (parts[0] == "crashes") {
    declared.kind = DeclaredKind::kCrashes;
    return rest.empty();
  }
  if (parts[0] == "survey") {
    declared.kind = DeclaredKind::kSurvey;
    return event != 0 && read_survey(rest, declared);
  }
  declared.kind = parts[0] == "run" ? DeclaredKind::kRun : DeclaredKind::kEvent;
  return (parts[0] == "run" || parts[0] == "event") && rest.empty();
}

std::uint32_t slots_of(const Declared& declared) {
  if (declared.kind == DeclaredKind::kCounter) return 1;
  if (declared.kind != DeclaredKind::kHistogram) return 0;
  return static_cast<std::uint32_t>(declared.bounds.size()) + 2;
}

}  // namespace

std::optional<Declarations> read_declarations(std::string_view text) {
  if (text.size() > kMaxTextBytes) return std::nullopt;
  const auto product = take_line(text);
  const auto contract = product ? take_line(text) : std::nullopt;
  if (!contract || product->size() != 2 || (*product)[0] != "product" || contract->size() != 2 ||
      (*contract)[0] != "contract")
    return std::nullopt;
  Declarations read{(*product)[1], (*contract)[1], {}, 1};
  std::uint32_t event = 0;
  while (!text.empty()) {
    const auto parts = take_line(text);
    Declared declared;
    if (!parts || !read_declared(*parts, event, declared)) return std::nullopt;
    declared.slot = slots_of(declared) == 0 ? 0 : read.slots;
    read.slots += slots_of(declared);
    read.all.push_back(std::move(declared));
    const auto kind = read.all.back().kind;
    if (kind == DeclaredKind::kEvent || kind == DeclaredKind::kRun)
      event = static_cast<std::uint32_t>(read.all.size());
    if (read.all.size() > kMaxDeclarations || read.slots > kMaxSlots) return std::nullopt;
  }
  return read;
}

}  // namespace candor::library
