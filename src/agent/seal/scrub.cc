#include "agent/seal/scrub.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "agent/seal/spellings.h"
#include "base/ascii.h"
#include "base/clock.h"

namespace candor {
namespace {

// 2^36 identifiers of a maker, 2^24 makers: IEEE's numbers for NAA 5 and EUI-64.
constexpr unsigned kNaaShift = 60;
constexpr unsigned kNaaOuiShift = 36;
constexpr unsigned kEuiOuiShift = 40;
constexpr std::size_t kShortestName = 6;  // hexadecimal digits
constexpr std::size_t kShortestHost = 2;
constexpr std::size_t kShortestForm = 4;  // of spellings.cc: a shorter text holds none
constexpr std::int64_t kDay = 86'400;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_serial_key(std::string_view key) { return has(to_lower(key), "serial"); }

// Members that hold a name of one drive, whatever is in them. An OUI alone names the maker.
bool is_worldwide_key(std::string_view key) {
  const auto name = to_lower(key);
  for (const auto* part : {"wwn", "wwid", "eui64", "nguid", "logical_unit_id", "sas_address", "nqn",
                           "guid", "uuid", "world_wide"}) {
    if (has(name, part)) return true;
  }
  return name == "naa" || name == "eui" || name == "ext_id";
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks("\0 \t\r\n", 5);
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) - first + 1));
}

std::optional<std::uint64_t> unsigned_member(const Json& json, std::string_view key) {
  const auto* member = find_member(json, key);
  if (member == nullptr || !member->is_number_integer()) return std::nullopt;
  return member->get<std::uint64_t>();
}

// Finds the names in a document.
class Names {
 public:
  void look(const Json& json, bool inside_worldwide) {
    if (json.is_array()) {
      for (const auto& element : json) look(element, inside_worldwide);
    } else if (json.is_object()) {
      put_together(json);
      for (const auto& [key, value] : json.items()) {
        if (is_serial_key(key)) add_serial(value);
        look(value, inside_worldwide || is_worldwide_key(key));
      }
    } else if (inside_worldwide && json.is_string()) {
      add_name(squeezed(json.get_ref<const std::string&>()));
    } else if (inside_worldwide && json.is_number_integer()) {
      add_name(fmt::format("{:x}", json.get<std::uint64_t>()));
    }
  }
  DriveNames take() { return std::move(names_); }

 private:
  void add_serial(const Json& value) {
    auto text = value.is_string() ? trimmed(value.get_ref<const std::string&>()) : value.dump();
    if (value.is_structured() || text.empty()) return;
    names_.serials.push_back(std::move(text));
  }

  void add_name(const std::string& digits) {
    const auto first = digits.find_first_not_of('0');
    if (first == std::string::npos || digits.size() - first < kShortestName) return;
    names_.worldwide.push_back(digits);
  }

  // {"naa": 5, "oui": 3152, "id": 2711815124} is 5000c50…
  void put_together(const Json& json) {
    const auto oui = unsigned_member(json, "oui");
    if (!oui) return;
    if (const auto id = unsigned_member(json, "id")) {
      const auto naa = unsigned_member(json, "naa").value_or(0);
      add_name(fmt::format("{:016x}", naa << kNaaShift | *oui << kNaaOuiShift | *id));
      add_name(fmt::format("{:x}", *id));
    }
    if (const auto id = unsigned_member(json, "ext_id")) {
      add_name(fmt::format("{:016x}", *oui << kEuiOuiShift | *id));
      add_name(fmt::format("{:x}", *id));
    }
  }

  DriveNames names_;
};

// /dev/… up to the next blank or bracket.
std::string without_paths(std::string text) {
  for (std::size_t at = text.find("/dev/"); at != std::string::npos; at = text.find("/dev/", at)) {
    const auto end = std::min(text.find_first_of(" \t\n\"'()[]{},;", at), text.size());
    text.replace(at, end - at, kDeleted);
  }
  return text;
}

class Scrubber {
 public:
  Scrubber(const DriveNames& own, const std::vector<DriveNames>& also,
           const std::vector<std::string>& hosts) {
    add(own);
    for (const auto& names : also) add(names);
    for (const auto& host : hosts) {
      for (const auto& name : {host, host.substr(0, host.find('.'))}) {
        if (name.size() >= kShortestHost) words_.push_back(name);
      }
    }
  }

  Json value(const Json& json) {
    if (json.is_object()) return object(json);
    if (json.is_array()) return array(json);
    if (json.is_string()) return text(json.get_ref<const std::string&>());
    if (json.is_number_integer())
      return is_wanted(json.get<std::uint64_t>()) ? Json(kDeleted) : json;
    if (json.is_number_float()) return is_wanted_float(json.get<double>()) ? Json(kDeleted) : json;
    return json;
  }

 private:
  void add(const DriveNames& names) {
    for (const auto& serial : names.serials) wanted_.push_back(Wanted::serial(serial));
    for (const auto& name : names.worldwide) wanted_.push_back(Wanted::worldwide(name));
  }

  Json object(const Json& json) {
    Json clean = Json::object();
    for (const auto& [key, member] : json.items()) {
      if (is_worldwide_key(key)) continue;
      auto name = text(key);
      // Two keys that named the same stay two members.
      for (int i = 2; clean.contains(name); ++i) name = fmt::format("{}_{}", text(key), i);
      clean[name] = is_serial_key(key) ? Json(kDeleted) : value(member);
    }
    return clean;
  }

  Json array(const Json& json) {
    if (spells_name(json)) return Json(kDeleted);
    Json clean = Json::array();
    for (const auto& element : json) clean.push_back(value(element));
    return clean;
  }

  // A list of bytes, or of 16-bit words in either order, that is a text with a name in it.
  bool spells_name(const Json& json) const {
    if (2 * json.size() < kShortestForm) return false;
    std::string bytes, big, little;
    for (const auto& element : json) {
      if (!element.is_number_integer()) return false;
      const auto number = element.get<std::uint64_t>();
      if (number > 0xffff) return false;
      bytes += static_cast<char>(number & 0xff);
      big += static_cast<char>(number >> 8);
      big += static_cast<char>(number & 0xff);
      little += static_cast<char>(number & 0xff);
      little += static_cast<char>(number >> 8);
    }
    for (const auto& spelled : {bytes, big, little}) {
      if (text(spelled) != spelled || text(to_digits(spelled)) != to_digits(spelled)) return true;
    }
    return false;
  }

  static std::string to_digits(std::string_view bytes) {
    std::string digits;
    for (const unsigned char byte : bytes) digits += fmt::format("{:02x}", byte);
    return digits;
  }

  std::string text(std::string_view given) const {
    std::string clean(given);
    for (const auto& wanted : wanted_) {
      if (wanted.plain().empty()) continue;
      if (wanted.is_short()) {
        clean = without_word(std::move(clean), wanted.plain());
      } else {
        clean = replaced(clean, wanted.plain(), kDeleted);
      }
    }
    for (const auto& word : words_) clean = without_word(std::move(clean), word);
    clean = without_paths(std::move(clean));
    const auto rest = squeezed(clean);
    if (rest.size() < kShortestForm) return clean;
    for (const auto& wanted : wanted_) {
      if (wanted.in_squeezed(rest)) return std::string(kDeleted);
    }
    return clean;
  }

  static std::string without_word(std::string text, std::string_view word) {
    if (to_lower(word) == kDeleted) return text;
    for (auto at = find_word(text, word); at != std::string::npos; at = find_word(text, word, at)) {
      text.replace(at, word.size(), kDeleted);
      at += kDeleted.size();
    }
    return text;
  }

  bool is_wanted(std::uint64_t number) const {
    return std::ranges::any_of(wanted_, [&](const auto& one) { return one.is_number(number); });
  }
  bool is_wanted_float(double number) const {
    return number >= 0 && number < 1.8e19 && is_wanted(static_cast<std::uint64_t>(number));
  }

  std::vector<Wanted> wanted_;
  std::vector<std::string> words_;
};

// Members that say how and when the drive was asked.
void forget_the_asking(Json& document) {
  document.erase("json_format_version");
  if (document.contains("smartctl") && document["smartctl"].is_object()) {
    for (const auto* key : {"argv", "messages", "output", "platform_info", "build_info"})
      document["smartctl"].erase(key);
  }
  if (document.contains("device") && document["device"].is_object()) {
    Json kept = Json::object();
    for (const auto* key : {"type", "protocol"}) {
      if (const auto* member = find_member(document["device"], key)) kept[key] = *member;
    }
    document["device"] = std::move(kept);
  }
  const auto* time = find_member(document, "local_time");
  const auto at = time == nullptr ? 0 : integer_member(*time, "time_t");
  document.erase("local_time");
  if (at > 0) document["local_time"] = {{"time_t", at - at % kDay}};
}

}  // namespace

DriveNames names_of(const Json& document) {
  Names names;
  names.look(document, false);
  return names.take();
}

Json scrub(const Json& document, const std::vector<std::string>& hosts,
           const std::vector<DriveNames>& also) {
  if (!document.is_object()) return Json::object();
  auto clean = Scrubber(names_of(document), also, hosts).value(document);
  forget_the_asking(clean);
  return clean;
}

}  // namespace candor
