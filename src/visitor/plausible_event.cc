#include "visitor/plausible_event.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include "base/clock.h"
#include "base/numbers.h"
#include "visitor/limits.h"
#include "visitor/page_address.h"

namespace candor {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";
constexpr std::int64_t kWholePage = 100;  // percent

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(kSpace), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

// The first of the members that is there; null and false are as good as none.
const Json* pick(const Json& body, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const Json* member = find_member(body, name);
    if (member != nullptr && !member->is_null() && *member != Json(false)) return member;
  }
  return nullptr;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string without_www(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with("www.")) text.remove_prefix(4);
  return std::string(text);
}

// An object, or the object that a text holds.
Json object_of(const Json* member) {
  if (member == nullptr) return Json::object();
  if (member->is_object()) return *member;
  if (!member->is_string()) return Json::object();
  auto parsed = parse_foreign_json(member->get_ref<const std::string&>());
  return parsed.ok() && parsed->is_object() ? *std::move(parsed) : Json::object();
}

// Whole numbers, also in a text.
std::optional<std::int64_t> whole_number(const Json* member) {
  if (member == nullptr) return std::nullopt;
  if (member->is_string())
    return parse_unsigned<std::int64_t>(member->get_ref<const std::string&>());
  if (!member->is_number_integer()) return std::nullopt;
  if (member->is_number_unsigned() && member->get<std::uint64_t>() > INT64_MAX) return INT64_MAX;
  return member->get<std::int64_t>();
}

class Reader {
 public:
  explicit Reader(const Json& body) : body_(body) {}

  std::variant<PlausibleEvent, FieldErrors> read() {
    add_name();
    add_address();
    add_sites();
    add_props();
    add_revenue();
    if (event_.name == "engagement") add_engagement();
    const auto is_false = [&](std::string_view name) {
      const Json* member = find_member(body_, name);
      return member != nullptr && *member == Json(false);
    };
    if (is_false("i") || is_false("interactive")) event_.document["interactive"] = false;
    if (!errors_.empty()) return std::move(errors_);
    return std::move(event_);
  }

 private:
  void complain(const std::string& field, std::string text) {
    errors_[field].push_back(std::move(text));
  }

  void add_name() {
    const Json* name = pick(body_, {"n", "name"});
    if (name != nullptr && name->is_number_integer()) {
      event_.name = name->dump();
    } else if (name != nullptr && name->is_string()) {
      event_.name = name->get<std::string>();
    } else if (name != nullptr) {
      return complain("event_name", "is invalid");
    }
    if (trimmed(event_.name).empty()) return complain("event_name", "can't be blank");
    if (characters(event_.name) > kMaxPlausibleNameLength)
      complain("event_name", "should be at most 120 character(s)");
  }

  void add_address() {
    const Json* url = pick(body_, {"u", "url"});
    if (url == nullptr) return complain("url", "is required");
    if (!url->is_string() || url->get_ref<const std::string&>().size() > kMaxPlausibleUrlBytes)
      return complain("url", "must be a valid url");
    const auto address = read_page_address(url->get_ref<const std::string&>());
    if (address.scheme == "data") return complain("url", "scheme is not allowed");
    host_ = without_www(address.host);
    const Json* hash = pick(body_, {"h", "hashMode"});
    const bool hash_mode = hash != nullptr && (*hash == Json(true) || whole_number(hash) == 1);
    event_.page = page_of(address, hash_mode ? HashMode::kOn : HashMode::kOff);
    event_.document["page"] = event_.page;
    event_.document["host"] = host_.empty() ? "(none)" : host_;
    add_source(address);
  }

  void add_source(const PageAddress& address) {
    std::string referrer;
    if (const Json* said = pick(body_, {"r", "referrer"}); said != nullptr && said->is_string()) {
      const auto from =
          read_page_address(said->get<std::string>().substr(0, kMaxPlausibleUrlBytes));
      referrer = without_www(from.host);
      if (referrer == host_ || referrer == "localhost") referrer.clear();
    }
    if (!referrer.empty()) event_.document["referrer"] = referrer;
    for (const auto* name : {"utm_source", "source", "ref"}) {
      if (auto named = parameter_of(address, name); !named.empty()) {
        event_.document["source"] = std::move(named);
        return;
      }
    }
    if (!referrer.empty()) event_.document["source"] = std::move(referrer);
  }

  void add_sites() {
    const Json* domain = pick(body_, {"d", "domain"});
    if (domain == nullptr || !domain->is_string()) {
      if (host_.empty()) return complain("domain", "can't be blank");
      event_.sites.push_back(host_);
      return;
    }
    std::string_view list = trimmed(domain->get_ref<const std::string&>());
    // One more than are taken shows that there were more.
    while (!list.empty() && event_.sites.size() <= kMaxPlausibleSites) {
      const auto comma = std::min(list.find(','), list.size());
      if (auto site = without_www(list.substr(0, comma)); !site.empty())
        event_.sites.push_back(std::move(site));
      list.remove_prefix(std::min(comma + 1, list.size()));
    }
    if (event_.sites.empty()) complain("domain", "can't be blank");
  }

  void add_props() {
    Json props = Json::object();
    const auto sent = object_of(pick(body_, {"m", "meta", "p", "props"}));
    for (const auto& [name, value] : sent.items()) {
      if (value.is_structured() || value.is_null() || props.size() == kMaxPlausibleProps) continue;
      auto text = value.is_string() ? value.get<std::string>() : value.dump();
      if (trimmed(name).empty() || trimmed(text).empty()) continue;
      if (name.size() > kMaxPlausiblePropNameBytes || text.size() > kMaxPlausiblePropBytes)
        return complain("props", "keys should have at most 300 bytes and values 2000 bytes");
      props[name] = std::move(text);
    }
    if (!props.empty()) event_.document["props"] = std::move(props);
  }

  void add_revenue() {
    const auto revenue = object_of(pick(body_, {"$", "revenue"}));
    const auto currency = string_member(revenue, "currency");
    const Json* amount = find_member(revenue, "amount");
    const bool is_code = currency.size() == 3 &&
                         std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_code || amount == nullptr) return;
    auto number = *amount;
    if (amount->is_string()) {
      auto parsed = parse_foreign_json(amount->get_ref<const std::string&>());
      if (!parsed.ok()) return;
      number = *std::move(parsed);
    }
    if (number.is_number())
      event_.document["revenue"] = {{"amount", std::move(number)}, {"currency", currency}};
  }

  void add_engagement() {
    const auto depth = whole_number(find_member(body_, "sd"));
    const auto time = whole_number(find_member(body_, "e"));
    Json engagement = Json::object();
    if (depth && *depth >= 0) engagement["scroll_depth"] = std::min(*depth, kWholePage);
    if (time && *time > 0 && *time < Millis(kMaxPlausibleEngagement).count())
      engagement["milliseconds"] = *time;
    if (engagement.empty()) {
      return complain("event_name",
                      "engagement event requires a valid integer value for at least one of 'sd' or "
                      "'e' fields");
    }
    event_.document["engagement"] = std::move(engagement);
  }

  const Json& body_;
  PlausibleEvent event_{{}, {}, {}, Json::object()};
  FieldErrors errors_;
  std::string host_;
};

}  // namespace

std::variant<PlausibleEvent, FieldErrors> read_plausible_event(std::string_view body) {
  const auto json = parse_foreign_json(body);
  if (!json.ok() || !json->is_object())
    return FieldErrors{{"request", {"Unable to parse request body as json"}}};
  return Reader(*json).read();
}

}  // namespace candor
