#include "server/admit/admit.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "contract/limits.h"
#include "server/admit/document.h"
#include "server/admit/json_text.h"
#include "server/admit/limits.h"

namespace candor {
namespace {

namespace dom = simdjson::dom;
using Node = Schema::Node;

// What bodies are written to before they are taken.
JsonText& shared_text() {
  thread_local JsonText text;
  return text;
}

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

// Which members of an object were met: declared ones by their number, those of open maps by key.
class MetMembers {
 public:
  // False when it was met before.
  bool add(std::size_t declared, std::string_view key) {
    if (declared >= 64) return keys_.insert(key).second;
    const auto bit = std::uint64_t{1} << declared;
    const bool is_new = (numbers_ & bit) == 0;
    numbers_ |= bit;
    return is_new;
  }

 private:
  std::uint64_t numbers_ = 0;
  std::set<std::string_view> keys_;
};

class Admission {
 public:
  // `hash` is nullptr for documents whose makers hash what is to be hashed.
  Admission(const Contract& contract, std::int64_t today, const HashHere* hash = nullptr)
      : contract_(contract), today_(today), hash_(hash), body_(shared_text()) {}

  Admitted run(const dom::object& document, const Node& root,
               const std::vector<std::string_view>& envelope) {
    object(document, root, &envelope);
    return take();
  }
  // `Object` is Members or dom::object.
  template <typename Object>
  Admitted run(const Object& members, const DeclaredEvent& event) {
    installation_ = named(event.schema, event.installation);
    automation_ = named(event.schema, event.automation);
    object(members, event.schema.root(), nullptr);
    return take();
  }

 private:
  Admitted take() {
    admitted_.body = body_.view();
    body_.clear();
    return std::move(admitted_);
  }

  // nullptr: the path is empty.
  static const Node* named(const Schema& schema, const std::string& path) {
    const auto steps = path.empty() ? std::vector<PathStep>() : parse_path(path).value_or({});
    return steps.empty() ? nullptr : schema.find(steps);
  }

  // Writes the kept members of `value`, an object declared by `node`.
  template <typename Object>
  void object(const Object& value, const Node& node,
              const std::vector<std::string_view>* envelope) {
    body_.put('{');
    bool first = true;
    std::size_t open_entries = 0, expected = 0;
    MetMembers met;
    for (const dom::key_value_pair member : value) {
      if (envelope != nullptr && std::ranges::find(*envelope, member.key) != envelope->end())
        continue;
      const auto* named = node.named(member.key, expected);
      const Node* next = named != nullptr ? named->node : node.any_member.get();
      const bool open = named == nullptr && next != nullptr;
      steps_[depth_++] = {member.key, open, kNoIndex};
      if (next == nullptr) {
        drop(member.value, Problem::kUndeclared);
      } else if (!met.add(open ? kNoIndex : expected - 1, member.key)) {
        drop(member.value, Problem::kDuplicateKey);
      } else if (open && member.key.size() > kMaxKeyLength) {
        drop(member.value, Problem::kTooLong);
      } else if (open && ++open_entries > kMaxMapEntries) {
        drop(member.value, Problem::kTooLong);
      } else {
        const auto before = body_.size();
        if (!first) body_.put(',');
        if (open) {
          body_.put_text(member.key);
          body_.put(':');
        } else {
          body_.put(named->as_json);
        }
        if (element(member.value, *next)) {
          first = false;
        } else {
          body_.cut(before);
        }
      }
      --depth_;
    }
    body_.put('}');
  }

  void list(const dom::array& value, const Node& node) {
    body_.put('[');
    auto& step = steps_[depth_++];
    step = {{}, false, 0};
    std::size_t entries = 0;
    bool first = true;
    for (const auto& entry : value) {
      if (++entries > kMaxListEntries) {
        drop(entry, Problem::kTooLong);
        continue;
      }
      const auto before = body_.size();
      const auto in_quarantine = admitted_.quarantined.size();
      if (!first) body_.put(',');
      const bool kept = element(entry, node);
      if (kept) {
        first = false;
      } else {
        body_.cut(before);
      }
      if (kept || admitted_.quarantined.size() > in_quarantine) ++step.index;
    }
    --depth_;
    body_.put(']');
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
    if (&node == automation_) admitted_.automation = value.get_bool().value_unsafe();
    if (const auto* whole = std::get_if<std::int64_t>(&scalar)) {
      char digits[24];
      const auto end = std::to_chars(std::begin(digits), std::end(digits), *whole).ptr;
      body_.put({digits, static_cast<std::size_t>(end - digits)});
    } else {
      body_.put(simdjson::minify(value));
    }
    ++admitted_.kept_values;
    return true;
  }

  void keep_text(std::string_view text, const Node& node) {
    body_.put_text(text);
    ++admitted_.kept_values;
    if (&node == installation_) admitted_.installation = text;
  }

  // A container where the contract declares something else.
  Problem misfit(const Node& node) const {
    const bool never = node.field && contract_.fields[*node.field].privacy == PrivacyClass::kNever;
    return never ? Problem::kNever : Problem::kWrongType;
  }

  bool keep_null() {
    body_.put("null");
    return true;
  }

  // A key of an object, or an element of a list.
  static constexpr std::size_t kNoIndex = ~std::size_t{0};
  struct Step {
    std::string_view key;
    bool is_open;       // a key of an open map
    std::size_t index;  // of a list: among what is kept or in quarantine; else kNoIndex
  };
  enum class Keys { kAsTheyCame, kAsDeclared };

  // Where the value of the moment is; at most kMaxPathBytes, not cut in the middle of a character.
  std::string path(Keys keys) const {
    std::string path;
    for (const auto& step : std::span(steps_).first(depth_)) {
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
    for (const auto& step : std::span(steps_).first(depth_)) {
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
  const Node* installation_ = nullptr;  // of an event, what its contract names; nullptr: none
  const Node* automation_ = nullptr;
  Admitted admitted_;
  JsonText& body_;
  // To the value of the moment: each step goes into a container, and those have a limit.
  std::array<Step, kMaxDocumentDepth + 2> steps_;
  std::size_t depth_ = 0;
};

// Of an event that the contract does not declare.
Admitted undeclared() {
  Admitted nothing;
  nothing.body = "{}";
  nothing.quarantined.push_back({"", "event", Problem::kUndeclared, "", ""});
  return nothing;
}

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
  return admit(parsed.root(), contract, envelope, today);
}

Admitted admit(const dom::object& document, const Contract& contract,
               const std::vector<std::string_view>& envelope, std::int64_t today) {
  return Admission(contract, today).run(document, contract.schema.root(), envelope);
}

Result<Admitted> admit_event(std::string_view document, const Contract& contract,
                             std::string_view name, std::int64_t today, const HashHere& hash) {
  const auto* event = contract.event(name);
  if (event == nullptr) return undeclared();
  CANDOR_ASSIGN(parsed, JsonDocument::parse(document));
  return Admission(contract, today, &hash).run(parsed.root(), *event);
}

Admitted admit_event(Members members, const Contract& contract, std::string_view name,
                     std::int64_t today, const HashHere& hash) {
  const auto* event = contract.event(name);
  if (event == nullptr) return undeclared();
  return Admission(contract, today, &hash).run(members, *event);
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
