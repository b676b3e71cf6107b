#include "server/admit/admit.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_set>

#include "contract/limits.h"
#include "server/admit/document.h"
#include "server/admit/json_text.h"
#include "server/admit/limits.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;
using Node = Schema::Node;

// What most events keep; a longer body grows.
constexpr std::size_t kUsualBodyBytes = 448;

std::string_view type_of(const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::ARRAY:
      return "list";
    case dom::element_type::OBJECT:
      return "object";
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
      return "integer";
    case dom::element_type::DOUBLE:
      return "number";
    case dom::element_type::STRING:
      return "string";
    case dom::element_type::BOOL:
      return "boolean";
    case dom::element_type::NULL_VALUE:
      return "null";
  }
  return "null";
}

// Requires a value that is neither list nor object.
Scalar scalar_of(const dom::element& value) {
  switch (value.type()) {
    case dom::element_type::INT64:
      return value.get_int64().value_unsafe();
    case dom::element_type::UINT64:
      return value.get_uint64().value_unsafe();
    case dom::element_type::DOUBLE:
      return value.get_double().value_unsafe();
    case dom::element_type::STRING:
      return value.get_string().value_unsafe();
    case dom::element_type::BOOL:
      return value.get_bool().value_unsafe();
    default:
      return nullptr;
  }
}

// Which keys of an object were met. Most objects are small.
class MetKeys {
 public:
  // False when it was met before.
  bool add(std::string_view key) {
    if (count_ < few_.size()) {
      const auto end = few_.begin() + static_cast<std::ptrdiff_t>(count_);
      if (std::find(few_.begin(), end, key) != end) return false;
      few_[count_++] = key;
      return true;
    }
    if (many_.empty()) many_.insert(few_.begin(), few_.end());
    return many_.insert(key).second;
  }

 private:
  std::size_t count_ = 0;
  std::array<std::string_view, 16> few_;
  std::unordered_set<std::string_view> many_;
};

class Admission {
 public:
  // `hash` is nullptr for documents whose makers hash what is to be hashed.
  Admission(const Contract& contract, std::int64_t today, const HashHere* hash = nullptr)
      : contract_(contract), today_(today), hash_(hash) {
    steps_.reserve(16);
    admitted_.body.reserve(kUsualBodyBytes);
  }

  Admitted run(const dom::object& document, const Node& root,
               const std::vector<std::string_view>& envelope) {
    object(document, root, &envelope);
    return std::move(admitted_);
  }

  // `installation` is the path of what names installations, or empty.
  Admitted run(Members members, const Schema& schema, const std::string& installation) {
    name_installation(schema, installation);
    object(members, schema.root(), nullptr);
    return std::move(admitted_);
  }
  Admitted run(const dom::object& document, const Schema& schema, const std::string& installation) {
    name_installation(schema, installation);
    object(document, schema.root(), nullptr);
    return std::move(admitted_);
  }

 private:
  void name_installation(const Schema& schema, const std::string& installation) {
    if (installation.empty()) return;
    if (const auto path = parse_path(installation); path.ok()) installation_ = schema.find(*path);
  }

  // Writes the kept members of `value`, an object declared by `node`.
  template <typename Object>
  void object(const Object& value, const Node& node,
              const std::vector<std::string_view>* envelope) {
    admitted_.body += '{';
    bool first = true;
    std::size_t open_entries = 0;
    MetKeys met;
    for (const dom::key_value_pair member : value) {
      if (envelope != nullptr && std::ranges::find(*envelope, member.key) != envelope->end())
        continue;
      const Node* next = node.member(member.key);
      const bool open = next != nullptr && next == node.any_member.get();
      steps_.push_back({member.key, open, kNoIndex});
      if (next == nullptr) {
        drop(member.value, Problem::kUndeclared);
      } else if (!met.add(member.key)) {
        drop(member.value, Problem::kDuplicateKey);
      } else if (open && member.key.size() > kMaxKeyLength) {
        drop(member.value, Problem::kTooLong);
      } else if (open && ++open_entries > kMaxMapEntries) {
        drop(member.value, Problem::kTooLong);
      } else {
        const auto body_length = admitted_.body.size();
        if (!first) admitted_.body += ',';
        append_json_text(admitted_.body, member.key);
        admitted_.body += ':';
        if (element(member.value, *next)) {
          first = false;
        } else {
          admitted_.body.resize(body_length);
        }
      }
      steps_.pop_back();
    }
    admitted_.body += '}';
  }

  void list(const dom::array& value, const Node& node) {
    admitted_.body += '[';
    steps_.push_back({{}, false, 0});
    std::size_t entries = 0;
    bool first = true;
    for (const auto& entry : value) {
      if (++entries > kMaxListEntries) {
        drop(entry, Problem::kTooLong);
        continue;
      }
      const auto body_length = admitted_.body.size();
      const auto in_quarantine = admitted_.quarantined.size();
      if (!first) admitted_.body += ',';
      const bool kept = element(entry, node);
      if (kept) {
        first = false;
      } else {
        admitted_.body.resize(body_length);
      }
      if (kept || admitted_.quarantined.size() > in_quarantine) ++steps_.back().index;
    }
    steps_.pop_back();
    admitted_.body += ']';
  }

  // Writes what is kept of the value; false when nothing is.
  bool element(const dom::element& value, const Node& node) {
    if (value.is_object()) {
      if (!node.is_object()) return drop(value, misfit(node));
      object(value.get_object().value_unsafe(), node, nullptr);
      return true;
    }
    if (value.is_array()) {
      if (!node.is_list()) return drop(value, misfit(node));
      list(value.get_array().value_unsafe(), *node.element);
      return true;
    }
    if (!node.field) {
      // "fs": null in place of an object says that there is none.
      if (value.is_null()) return keep_null();
      return drop(value, Problem::kWrongType);
    }
    return scalar(value, node, contract_.fields[*node.field]);
  }

  bool scalar(const dom::element& value, const Node& node, const Field& field) {
    if (field.privacy == PrivacyClass::kNever) return drop(value, Problem::kNever);
    if (is_expired(field, today_)) return drop(value, Problem::kExpired);
    const Scalar scalar = scalar_of(value);
    const auto* text = std::get_if<std::string_view>(&scalar);
    if (const auto problem = check(field, scalar)) {
      if (*problem == Problem::kNotHashed && hash_ != nullptr && text != nullptr) {
        drop(value, Problem::kHashedHere);
        keep_text(hash_->of(field, *text), node);
        return true;
      }
      // What should have been hashed may be here in clear: its value is not kept.
      return field.privacy == PrivacyClass::kClear ? quarantine(value, *problem)
                                                   : drop(value, *problem);
    }
    if (text != nullptr) {
      keep_text(*text, node);
      return true;
    }
    if (const auto* whole = std::get_if<std::int64_t>(&scalar)) {
      char digits[24];
      const auto end = std::to_chars(std::begin(digits), std::end(digits), *whole).ptr;
      admitted_.body.append(digits, static_cast<std::size_t>(end - digits));
    } else {
      admitted_.body += simdjson::minify(value);
    }
    ++admitted_.kept_values;
    return true;
  }

  void keep_text(std::string_view text, const Node& node) {
    append_json_text(admitted_.body, text);
    ++admitted_.kept_values;
    if (&node == installation_) admitted_.installation = text;
  }

  // A container where the contract declares something else.
  Problem misfit(const Node& node) const {
    const bool never = node.field && contract_.fields[*node.field].privacy == PrivacyClass::kNever;
    return never ? Problem::kNever : Problem::kWrongType;
  }

  bool keep_null() {
    admitted_.body += "null";
    return true;
  }

  // A key of an object, or an element of a list.
  static constexpr std::size_t kNoIndex = ~std::size_t{0};
  struct Step {
    std::string_view key;
    bool is_open = false;          // a key of an open map
    std::size_t index = kNoIndex;  // of a list: among what is kept or in quarantine
  };
  enum class Keys { kAsTheyCame, kAsDeclared };

  // Where the value of the moment is; at most kMaxPathBytes, not cut in the middle of a character.
  std::string path(Keys keys) const {
    std::string path;
    for (const auto& step : steps_) {
      if (step.index != kNoIndex) {
        path += "[]";
        continue;
      }
      if (!path.empty()) path += '.';
      path += keys == Keys::kAsDeclared && step.is_open ? "*" : step.key;
    }
    auto length = std::min(path.size(), kMaxPathBytes);
    while (length < path.size() && (static_cast<unsigned char>(path[length]) & 0xc0) == 0x80)
      --length;
    path.resize(length);
    return path;
  }

  // The same as a JSON pointer (RFC 6901); empty when it is too long to keep.
  std::string place() const {
    std::string place;
    for (const auto& step : steps_) {
      place += '/';
      if (step.index != kNoIndex) place += fmt::format("{}", step.index);
      for (const char c : step.key) {
        if (c == '~') place += "~0";
        if (c == '/') place += "~1";
        if (c != '~' && c != '/') place += c;
      }
    }
    return place.size() > kMaxPlaceBytes ? std::string() : place;
  }

  bool drop(const dom::element& value, Problem problem) {
    // The name of an undeclared member stays in the path: it is what the vendor has to learn. Its
    // value does not, nor do the keys of open maps, which are values too.
    Dropped row{path(Keys::kAsDeclared), std::string(type_of(value)), problem, 1};
    auto& rows = admitted_.dropped;
    auto known = std::ranges::find_if(rows, [&](const Dropped& one) {
      return one.problem == problem && one.path == row.path && one.type == row.type;
    });
    if (known != rows.end()) {
      ++known->count;
    } else if (rows.size() + 1 < kMaxDropRows) {
      rows.push_back(std::move(row));
    } else {
      // The last row stands for all that find no place of their own.
      if (rows.size() < kMaxDropRows) rows.push_back({"…", "object", Problem::kTooLong, 0});
      ++rows.back().count;
    }
    return false;
  }

  bool quarantine(const dom::element& value, Problem problem) {
    if (admitted_.quarantined.size() >= kMaxQuarantineRows) return drop(value, problem);
    std::string text = simdjson::minify(value);
    if (text.size() > kMaxQuarantineValueBytes) text.clear();
    admitted_.quarantined.push_back(
        {path(Keys::kAsTheyCame), std::string(type_of(value)), problem, std::move(text), place()});
    return false;
  }

  const Contract& contract_;
  const std::int64_t today_;
  const HashHere* const hash_;
  const Node* installation_ = nullptr;
  Admitted admitted_;
  std::vector<Step> steps_;  // to the value of the moment
};

}  // namespace

std::string_view name_of(Outcome outcome) {
  constexpr std::array<std::string_view, 5> kNames = {"accepted", "partly_quarantined",
                                                      "quarantined", "refused", "duplicate"};
  return kNames[static_cast<std::size_t>(outcome)];
}

Outcome outcome_of(bool has_quarantined, std::uint64_t kept_values) {
  if (!has_quarantined) return Outcome::kAccepted;
  return kept_values > 0 ? Outcome::kPartlyQuarantined : Outcome::kQuarantined;
}

Result<Admitted> admit(std::string_view document, const Contract& contract,
                       const std::vector<std::string_view>& envelope, std::int64_t today) {
  CANDOR_ASSIGN(parsed, JsonDocument::parse(document));
  return Admission(contract, today).run(parsed.root(), contract.schema.root(), envelope);
}

namespace {

// Of an event that the contract does not declare.
Admitted undeclared() {
  Admitted nothing;
  nothing.body = "{}";
  nothing.quarantined.push_back({"", "event", Problem::kUndeclared, "", ""});
  return nothing;
}

}  // namespace

Result<Admitted> admit_event(std::string_view document, const Contract& contract,
                             std::string_view name, std::int64_t today, const HashHere& hash) {
  const auto* event = contract.event(name);
  if (event == nullptr) return undeclared();
  CANDOR_ASSIGN(parsed, JsonDocument::parse(document));
  return Admission(contract, today, &hash).run(parsed.root(), event->schema, event->installation);
}

Admitted admit_event(Members members, const Contract& contract, std::string_view name,
                     std::int64_t today, const HashHere& hash) {
  const auto* event = contract.event(name);
  if (event == nullptr) return undeclared();
  return Admission(contract, today, &hash).run(members, event->schema, event->installation);
}

Status check_report_time(Instant reported, Instant received) {
  if (reported < received - kOldestReport) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("The report is dated {}, more than {} days ago. Check the clock of the sender.",
                    format_rfc3339(reported), kOldestReport.count())};
  }
  if (reported > received + kNewestReport) {
    return Error{
        ErrorKind::kBadData,
        fmt::format("The report is dated {}, in the future. Check the clock of the sender.",
                    format_rfc3339(reported))};
  }
  return Ok{};
}

}  // namespace candor
