#include "server/protocol/ceph_report.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/digest.h"
#include "base/json.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kMisspelt = "pg_num:";
// By number, as the map of OSDs has them.
constexpr std::array<std::string_view, 4> kPoolTypes = {"", "replicated", "",
                                                        "erasure"};  // "": none
constexpr std::size_t kSha1Digits = 40;
constexpr std::size_t kStampLength = 15;  // "20261120-070000"
constexpr std::size_t kUuidLength = 36;

std::string json_text(std::string_view text) { return to_line(Json(std::string(text))); }

// Newer releases hash what stands behind the dot of a daemon's name.
bool is_hashed(std::string_view name) {
  const auto dot = name.find('.');
  return dot != name.npos && name.size() - dot - 1 == kSha1Digits && is_hex(name.substr(dot + 1));
}

std::string as_it_came(const dom::element& value) { return simdjson::minify(value); }

// Puts members together to an object.
class ObjectText {
 public:
  void add(std::string_view key, std::string_view value) {
    text_ += text_.size() > 1 ? "," : "";
    text_ += json_text(key);
    text_ += ':';
    text_ += value;
  }
  bool empty() const { return text_.size() == 1; }
  std::string take() { return std::move(text_) + "}"; }

 private:
  std::string text_ = "{";
};

// The list with `made(element)` in place of each element.
template <typename Made>
std::string list_of(const dom::array& list, const Made& made) {
  std::string text = "[";
  for (const auto& element : list) {
    text += text.size() > 1 ? "," : "";
    text += made(element);
  }
  return text + "]";
}

class Shaping {
 public:
  Shaping(std::string_view installation, const HashHere* hash)
      : installation_(installation), hash_(hash) {}

  CephReport run(const dom::object& report) const {
    CephReport parts;
    ObjectText text;
    ObjectText devices;
    for (const auto& [key, value] : report) {
      dom::object object;
      dom::array list;
      const bool is_object = value.get_object().get(object) == simdjson::SUCCESS;
      const bool is_list = value.get_array().get(list) == simdjson::SUCCESS;
      if (key == "devices" && is_object) {
        take_devices(object, devices);
      } else if (key == "crashes") {
        text.add(key, crashes(value));
      } else if (key == "usage" && is_object) {
        text.add(key, usage(object));
      } else if (key == "pools" && is_list) {
        text.add(key, list_of(list, pool));
      } else {
        text.add(key, as_it_came(value));
      }
    }
    parts.report = text.take();
    if (!devices.empty()) parts.devices = devices.take();
    return parts;
  }

 private:
  // Some releases have a level of hosts above the devices; those sent apart never do.
  static void take_devices(const dom::object& devices, ObjectText& into) {
    for (const auto& [key, value] : devices) {
      dom::object of_host;
      if (value.get_object().get(of_host) != simdjson::SUCCESS || !is_host(of_host)) {
        into.add(key, as_it_came(value));
        continue;
      }
      for (const auto& [device, samples] : of_host) into.add(device, as_it_came(samples));
    }
  }

  static bool is_host(const dom::object& object) {
    for (const auto& [key, value] : object) {
      if (!is_stamp(key)) return true;
    }
    return false;
  }

  static bool is_stamp(std::string_view key) {
    if (key.size() != kStampLength) return false;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const bool digit = key[i] >= '0' && key[i] <= '9';
      if (i == 8 ? key[i] != '-' : !digit) return false;
    }
    return true;
  }

  static std::string usage(const dom::object& usage) {
    const bool has_both = usage.at_key("pg_num").error() == simdjson::SUCCESS;
    ObjectText text;
    for (const auto& [key, value] : usage)
      text.add(key == kMisspelt && !has_both ? "pg_num" : key, as_it_came(value));
    return text.take();
  }

  static std::string pool(const dom::element& pool) {
    dom::object members;
    if (pool.get_object().get(members) != simdjson::SUCCESS) return as_it_came(pool);
    ObjectText text;
    for (const auto& [key, value] : members) {
      std::uint64_t number = kPoolTypes.size();
      const bool numbered = key == "type" && value.get_uint64().get(number) == simdjson::SUCCESS &&
                            number < kPoolTypes.size() && !kPoolTypes[number].empty();
      text.add(key, numbered ? json_text(kPoolTypes[number]) : as_it_came(value));
    }
    return text.take();
  }

  std::string crashes(const dom::element& crashes) const {
    dom::array list;
    if (crashes.get_array().get(list) == simdjson::SUCCESS)
      return list_of(list, [this](const dom::element& entry) { return crash("", entry); });
    // Where the module that keeps them does not answer, the oldest releases send "".
    dom::object by_id;
    if (crashes.get_object().get(by_id) != simdjson::SUCCESS)
      return crashes.is_string() ? "[]" : as_it_came(crashes);
    std::string text = "[";
    for (const auto& [id, entry] : by_id) {
      text += text.size() > 1 ? "," : "";
      text += crash(id, entry);
    }
    return text + "]";
  }

  std::string crash(std::string_view id, const dom::element& entry) const {
    dom::object members;
    if (entry.get_object().get(members) != simdjson::SUCCESS) return as_it_came(entry);
    ObjectText text;
    if (!id.empty() && members.at_key("crash_id").error() != simdjson::SUCCESS)
      text.add("crash_id", json_text(id));
    for (const auto& [key, value] : members) {
      const bool names = key == "entity_name" && value.is_string();
      text.add(key,
               names ? json_text(entity(value.get_string().value_unsafe())) : as_it_came(value));
    }
    return text.take();
  }

  // A manager or a monitor is called as its host.
  std::string entity(std::string_view name) const {
    if (is_hashed(name)) return std::string(name);
    const auto dot = name.find('.');
    const auto id = dot == name.npos ? name : name.substr(dot + 1);
    const auto kind = dot == name.npos ? "" : name.substr(0, dot);
    if (hash_ == nullptr) return std::string(kind) + ".-";
    return std::string(kind) + '.' +
           hash_->keyed(std::string(installation_) + '\n' + std::string(id)).substr(0, kSha1Digits);
  }

  const std::string_view installation_;
  const HashHere* const hash_;
};

// Whether no object of the list has a member of which `old(key, value)` is true.
template <typename Old>
bool none_of_entries(const dom::array& list, const Old& old) {
  for (const auto& entry : list) {
    dom::object members;
    if (entry.get_object().get(members) != simdjson::SUCCESS) continue;
    for (const auto& [key, value] : members) {
      if (old(key, value)) return false;
    }
  }
  return true;
}

bool is_old_crash_member(std::string_view key, const dom::element& value) {
  std::string_view name;
  return key == "entity_name" && value.get_string().get(name) == simdjson::SUCCESS &&
         !is_hashed(name);
}

bool is_old_pool_member(std::string_view key, const dom::element& value) {
  return key == "type" && value.is_number();
}

// Whether a UUID of version 1 begins there.
bool is_machine_uuid(std::string_view text) {
  if (text.size() < kUuidLength || text[14] != '1') return false;
  for (std::size_t i = 0; i < kUuidLength; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char lower =
        text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] | 0x20) : text[i];
    if (dash ? lower != '-' : !is_hex({&lower, 1})) return false;
  }
  return true;
}

}  // namespace

CephReport newest_shape(const dom::object& report, std::string_view installation,
                        const HashHere* hash) {
  return Shaping(installation, hash).run(report);
}

bool has_newest_shape(const dom::object& report) {
  for (const auto& [key, value] : report) {
    dom::object object;
    dom::array list;
    const bool is_object = value.get_object().get(object) == simdjson::SUCCESS;
    const bool is_list = value.get_array().get(list) == simdjson::SUCCESS;
    if (key == "devices" && is_object) return false;
    if (key == "crashes" && (!is_list || !none_of_entries(list, is_old_crash_member))) return false;
    if (key == "usage" && is_object && object.at_key(kMisspelt).error() == simdjson::SUCCESS)
      return false;
    if (key == "pools" && is_list && !none_of_entries(list, is_old_pool_member)) return false;
  }
  return true;
}

std::string without_machine_uuids(std::string_view text, const HashHere* hash) {
  if (hash == nullptr) return std::string(text);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    // A dash is the ninth character of each.
    const auto dash = text.find('-', at + 8);
    const auto from = dash == text.npos ? text.size() : dash - 8;
    result += text.substr(at, from - at);
    at = from;
    if (at == text.size()) break;
    if (!is_machine_uuid(text.substr(at))) {
      result += text[at++];
      continue;
    }
    auto digits = hash->keyed(text.substr(at, kUuidLength));
    digits[12] = '4';
    digits[16] = '8';
    for (const std::size_t dash_at : {8, 13, 18, 23}) digits.insert(dash_at, 1, '-');
    result += digits.substr(0, kUuidLength);
    at += kUuidLength;
  }
  return result;
}

}  // namespace candor
